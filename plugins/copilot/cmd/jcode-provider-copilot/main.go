// Command jcode-provider-copilot is the plugin program of the copilot provider.
package main

import (
	"github.com/jcode-go/jcode/plugins/copilot"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	plugin.Main(copilot.New(version))
}
