// Command jcode-provider-antigravity is the plugin program of the antigravity provider.
package main

import (
	"github.com/jcode-go/jcode/plugins/antigravity"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	plugin.Main(antigravity.New(version))
}
