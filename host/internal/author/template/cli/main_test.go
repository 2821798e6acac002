package acmename_test

import (
	"os"
	"testing"

	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// TestMain makes the test binary the vendor's program where the plugin starts it.
func TestMain(m *testing.M) {
	standincli.Main()
	os.Exit(m.Run())
}

const help = `Usage: acme-name [options]
Options:
  -p                 print the answer
  --json             print events
  --model ID
  --resume SESSION
  --read-only
  --yes
Commands:
  models
  status
  login
`
