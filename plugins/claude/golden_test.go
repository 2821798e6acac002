package claude

import (
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
)

// Each file is one behaviour of the Messages API: what the host asks, what goes over
// the wire, what the vendor answers, what the host is told.
func TestWire(t *testing.T) {
	t.Parallel()
	wire.Run(t, wire.Subject{
		New: func(t *testing.T) sdk.Provider {
			p := New("1.2.3")
			p.clock = (&fakeClock{}).clock()
			p.home = t.TempDir
			return p
		},
		Variables: func(url string) map[string]string {
			return map[string]string{directVariable: "1", keyVariable: testKey, baseVariable: url}
		},
		Headers: []string{
			"Accept", "Accept-Encoding", "Anthropic-Beta", "Anthropic-Version", "Authorization", "Content-Type",
			"User-Agent", "X-Api-Key",
		},
		ResponseHeaders: map[string]string{"Request-Id": "req_1"},
		Check:           validate,
	})
}
