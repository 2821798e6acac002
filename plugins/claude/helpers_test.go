package claude

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const testKey = "sk-ant-test-0123456789"

// recorder is a stream that keeps what it is given.
type recorder struct {
	mu          sync.Mutex
	events      []sdk.Event
	interrupted chan struct{}
	onEmit      func(sdk.Event) error
}

func (r *recorder) Emit(event sdk.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.onEmit != nil {
		if err := r.onEmit(event); err != nil {
			return err
		}
	}
	r.events = append(r.events, event)
	return nil
}

func (r *recorder) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}

func (r *recorder) Interrupted() <-chan struct{} { return r.interrupted }

func (r *recorder) text() string {
	var a sdk.Accumulator
	for _, event := range r.events {
		if err := a.Add(event); err != nil {
			return err.Error()
		}
	}
	return a.TextString()
}

func eventsOf[E sdk.Event](r *recorder) []E {
	var out []E
	for _, event := range r.events {
		if e, ok := event.(E); ok {
			out = append(out, e)
		}
	}
	return out
}

// fakeClock sleeps in no time and remembers for how long.
type fakeClock struct {
	mu    sync.Mutex
	slept []time.Duration
}

func (c *fakeClock) clock() httpapi.Clock {
	return httpapi.Clock{
		Now:    func() time.Time { return time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC) },
		Random: func() float64 { return 0 },
		Sleep: func(ctx context.Context, d time.Duration) error {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.slept = append(c.slept, d)
			return context.Cause(ctx)
		},
	}
}

type testSetup struct {
	variables map[string]string
	settings  map[string]string
	cacheDir  string
}

// newTestProvider returns a provider in direct mode that talks to url.
func newTestProvider(t testing.TB, url string, setup testSetup) (*Provider, *fakeClock) {
	t.Helper()
	variables := sdk.Variables{
		directVariable: sdk.NewSecret("1"), keyVariable: sdk.NewSecret(testKey), baseVariable: sdk.NewSecret(url),
	}
	for name, value := range setup.variables {
		variables[name] = sdk.NewSecret(value)
	}
	p := New("1.2.3")
	fake := &fakeClock{}
	p.clock = fake.clock()
	p.home = t.TempDir
	config := sdk.Config{Variables: variables, Settings: setup.settings, CacheDir: setup.cacheDir}
	if err := p.Configure(t.Context(), config); err != nil {
		t.Fatal(err)
	}
	return p, fake
}

func hello() *sdk.Request {
	return &sdk.Request{Messages: []sdk.Message{say("hello")}}
}

func say(text string) sdk.Message {
	return sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

// streamHandler answers with server-sent events.
func streamHandler(stream string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("Request-Id", "req_test")
		_, _ = w.Write([]byte(stream))
	}
}

func serve(t testing.TB, handler http.Handler) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

// inTurn answers each request with the next handler, and the last one for ever.
func inTurn(handlers ...http.HandlerFunc) http.Handler {
	var mu sync.Mutex
	next := 0
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		handler := handlers[min(next, len(handlers)-1)]
		next++
		mu.Unlock()
		handler(w, r)
	})
}

const (
	startEvent = `event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"claude-opus-4-5-20251101","content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}}

`
	helloEvents = `event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"Hello"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

`
	endEvents = `event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":5}}

event: message_stop
data: {"type":"message_stop"}

`
	helloStream = startEvent + helloEvents + endEvents
)
