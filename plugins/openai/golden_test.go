package openai

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/providertest/wire"
)

var testNow = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// fakeClock sleeps in no time and remembers for how long.
type fakeClock struct {
	mu    sync.Mutex
	slept []time.Duration
}

func (c *fakeClock) clock() httpapi.Clock {
	return httpapi.Clock{
		Now:    func() time.Time { return testNow },
		Random: func() float64 { return 0 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.slept = append(c.slept, d)
			return context.Cause(ctx)
		},
	}
}

// Each file is one behaviour: what the host asks, what goes over the wire, what the
// vendor answers, what the host is told.
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
			return map[string]string{
				baseVariable: url + "/v1", chatGPTVariable: url + "/backend-api/codex", authVariable: url,
				homeVariable: "$DIR/codex", modelVariable: "gpt-5.5",
			}
		},
		Headers: []string{
			"Accept", "Authorization", "Chatgpt-Account-Id", "Content-Type", "Originator", "Openai-Organization",
			"Openai-Project", "X-Openai-Fedramp",
		},
		Check: validate,
	})
}
