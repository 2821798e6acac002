// Command jcode-provider-cursor is the plugin program of the cursor provider.
package main

import (
	"github.com/jcode-go/jcode/plugins/cursor"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker.
var version = "dev"

func main() {
	plugin.Main(cursor.New(version))
}
