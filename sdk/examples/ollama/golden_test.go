package ollama

import (
	"context"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/examples/ollama/internal/standin"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
)

// quickClock sleeps in no time.
func quickClock() httpapi.Clock {
	return httpapi.Clock{
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Random: func() float64 { return 0 },
		Sleep:  func(ctx context.Context, _ time.Duration) error { return context.Cause(ctx) },
	}
}

// Each file is one behaviour: what the host asks, what goes over the wire, what the
// server answers, what the host is told.
func TestWire(t *testing.T) {
	t.Parallel()
	wire.Run(t, wire.Subject{
		New: func(*testing.T) sdk.Provider {
			p := New("1.2.3")
			p.clock = quickClock()
			return p
		},
		Variables: func(url string) map[string]string {
			return map[string]string{baseVariable: url + "/v1/chat/completions/"}
		},
		Headers: []string{"Accept", "Authorization", "Content-Type"},
		Check: func(body []byte, _ bool) []string {
			if len(body) == 0 { // it asks what the server is
				return nil
			}
			_, faults := standin.Check(body)
			return faults
		},
	})
}
