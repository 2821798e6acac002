package plugin_test

import (
	"os"
	"testing"

	"github.com/jcode-go/jcode/sdk/guard"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// TestMain makes the test binary a plugin when a test starts it as one.
func TestMain(m *testing.M) {
	guard.Main()
	handshake := plugin.Handshake()
	if os.Getenv(handshake.MagicCookieKey) == handshake.MagicCookieValue || os.Getenv("PLUGIN_TEST_MAIN") != "" {
		os.Args = append(os.Args[:1], os.Args[2:]...) // less -test.run=^$
		plugin.Main(&fake{})
	}
	os.Exit(m.Run())
}
