// Command jcode-provider-acme-name is the plugin program that jcode starts.
package main

import (
	acmename "github.com/jcode-go/jcode/host/internal/author/template/cli"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the Makefile: the one in plugin.toml.
var version = "0.0.0"

func main() {
	plugin.Main(acmename.New(version))
}
