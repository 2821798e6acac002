// Command jcode-provider-ollama is the plugin program of the ollama provider.
package main

import (
	"github.com/jcode-go/jcode/sdk/examples/ollama"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// version is stamped by the linker; it is that of plugin.toml.
var version = "1.0.0"

func main() { plugin.Main(ollama.New(version)) }
