// Command jcode-provider-openai is the plugin program of the openai provider.
package main

import (
	"github.com/jcode-go/jcode/plugins/openai"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	plugin.Main(openai.New(version))
}
