// Command jcode-provider-scripted is the provider of package scripted as a
// plugin program: the plugin of a host's tests.
package main

import (
	"github.com/jcode-go/jcode/sdk/plugin"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

func main() { plugin.Main(&scripted.Provider{}) }
