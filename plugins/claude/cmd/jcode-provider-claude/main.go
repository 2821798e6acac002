// Command jcode-provider-claude is the plugin program of the claude provider.
package main

import (
	"github.com/jcode-go/jcode/plugins/claude"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	plugin.Main(claude.New(version))
}
