package claude

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

func refuse(status int, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"type":"error","error":{"type":"x","message":"m"}}`)
	}
}

func TestRetries(t *testing.T) {
	t.Parallel()
	ok := streamHandler(helloStream)
	const ms = time.Millisecond
	for _, tt := range []struct {
		name  string
		turn  []http.HandlerFunc
		slept []time.Duration
		kind  sdk.Kind // of the error, 0 for success
		after time.Duration
	}{
		{"at once", []http.HandlerFunc{ok}, nil, 0, 0},
		{"back-off doubles", []http.HandlerFunc{refuse(529), refuse(500), refuse(503), ok}, []time.Duration{500 * ms, 1000 * ms, 2000 * ms}, 0, 0},
		{"gives up", []http.HandlerFunc{refuse(529)}, []time.Duration{500 * ms, 1000 * ms, 2000 * ms}, sdk.KindOverloaded, 0},
		{"seconds", []http.HandlerFunc{refuse(429, "Retry-After", "7"), ok}, []time.Duration{7 * time.Second}, 0, 0},
		{"milliseconds first", []http.HandlerFunc{refuse(429, "Retry-After", "7", "Retry-After-Ms", "120"), ok}, []time.Duration{120 * ms}, 0, 0},
		{"no answer is no wait", []http.HandlerFunc{refuse(429, "Retry-After", "soon"), ok}, []time.Duration{500 * ms}, 0, 0},
		{"too long to wait", []http.HandlerFunc{refuse(429, "Retry-After", "61")}, nil, sdk.KindRateLimited, 61 * time.Second},
		{"a minute is not", []http.HandlerFunc{refuse(429, "Retry-After", "60"), ok}, []time.Duration{time.Minute}, 0, 0},
		{"told not to", []http.HandlerFunc{refuse(529, "X-Should-Retry", "false")}, nil, sdk.KindOverloaded, 0},
		{"told to", []http.HandlerFunc{refuse(400, "X-Should-Retry", "true"), ok}, []time.Duration{500 * ms}, 0, 0},
		{"not for a bad request", []http.HandlerFunc{refuse(400)}, nil, sdk.KindInvalidRequest, 0},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, clock := newTestProvider(t, serve(t, inTurn(tt.turn...)), testSetup{})
			stream := &recorder{}
			_, err := p.Generate(t.Context(), hello(), stream)
			if d := cmp.Diff(tt.slept, clock.slept); d != "" {
				t.Errorf("-want +slept:\n%s", d)
			}
			if (err != nil) != (tt.kind != 0) || err != nil && sdk.KindOf(err) != tt.kind {
				t.Errorf("%v", err)
			}
			if err != nil && sdk.AsError(err).RetryAfter != tt.after {
				t.Errorf("retry after %s", sdk.AsError(err).RetryAfter)
			}
			for i, e := range eventsOf[sdk.RetryEvent](stream) {
				if e.Attempt != i+2 || e.MaxAttempts != backoff.MaxAttempts || e.Delay != tt.slept[i] || e.HTTPStatus == 0 || e.Reason == "" {
					t.Errorf("%+v", e)
				}
			}
			if err == nil && stream.text() != "Hello" {
				t.Errorf("%q", stream.text())
			}
		})
	}
}

func TestRetryAfterDate(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"Fri, 02 Jan 2026 03:04:35 GMT": 30 * time.Second,
		"Fri, 02 Jan 2026 03:04:00 GMT": 0,
		"1.5":                           1500 * time.Millisecond,
		"-3":                            0,
		"NaN":                           0,
		"1e300":                         365 * 24 * time.Hour,
		"":                              0,
	} {
		if got := httpapi.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %s, want %s", value, got, want)
		}
	}
}

// The body of each attempt is whole.
func TestRetrySendsTheSameBody(t *testing.T) {
	t.Parallel()
	var bodies []string
	keep := func(next http.HandlerFunc) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			bodies = append(bodies, string(body))
			next(w, r)
		}
	}
	p, _ := newTestProvider(t, serve(t, inTurn(keep(refuse(500)), keep(streamHandler(startEvent)), keep(streamHandler(helloStream)))), testSetup{})
	if _, err := p.Generate(t.Context(), hello(), &recorder{}); err != nil {
		t.Fatal(err)
	}
	if len(bodies) != 3 || bodies[0] == "" || len(slices.Compact(bodies)) != 1 {
		t.Errorf("%q", bodies)
	}
}

// A server may close a kept connection just when the next turn uses it. That is no
// failure of the service: nothing is waited for and nobody is told.
func TestKeptConnectionIsClosed(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex
	used := map[string]bool{}
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		before := used[r.RemoteAddr]
		used[r.RemoteAddr] = true
		mu.Unlock()
		if before {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			_ = connection.Close()
			return
		}
		streamHandler(helloStream)(w, r)
	}))
	p, clock := newTestProvider(t, url, testSetup{})
	for range 3 {
		stream := &recorder{}
		if _, err := p.Generate(t.Context(), hello(), stream); err != nil || len(eventsOf[sdk.RetryEvent](stream)) > 0 {
			t.Fatalf("%v, retries %v", err, eventsOf[sdk.RetryEvent](stream))
		}
	}
	if len(clock.slept) > 0 || len(used) != 3 {
		t.Errorf("slept %v, %d connections", clock.slept, len(used))
	}
}

// What the vendor refused of a model is not tried again in the next turn.
func TestLessonsAreRemembered(t *testing.T) {
	t.Parallel()
	requests := 0
	url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		requests++
		body, _ := io.ReadAll(r.Body)
		if slices.Contains([]int{1}, requests) {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, vendorError("invalid_request_error", "adaptive thinking is not supported on this model"))
			return
		}
		for _, fault := range validate(body, false) {
			t.Error(fault)
		}
		streamHandler(helloStream)(w, r)
	}))
	p, _ := newTestProvider(t, url, testSetup{})
	for range 2 {
		request := hello()
		request.Model, request.Effort = "claude-next", "high"
		if _, err := p.Generate(t.Context(), request, &recorder{}); err != nil {
			t.Fatal(err)
		}
	}
	if requests != 3 {
		t.Errorf("%d requests", requests)
	}
}

// A warning that holds for the whole task is given once, one about this answer
// each time.
func TestWarnings(t *testing.T) {
	t.Parallel()
	stream := strings.Replace(startEvent, defaultModel, "other", 1) + helloEvents + strings.Replace(endEvents, "end_turn", "moonrise", 1)
	p, _ := newTestProvider(t, serve(t, streamHandler(stream)), testSetup{})
	var got []string
	for range 2 {
		out := &recorder{}
		if _, err := p.Generate(t.Context(), hello(), out); err != nil {
			t.Fatal(err)
		}
		for _, warning := range eventsOf[sdk.WarningEvent](out) {
			got = append(got, warning.Code)
		}
	}
	if d := cmp.Diff([]string{"model_substituted", "stop_reason_unknown", "stop_reason_unknown"}, got); d != "" {
		t.Error(d)
	}
}

func TestLearn(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]without{
		"this model does not support the effort parameter":             {effort: true},
		"thinking.type: adaptive is not supported":                     {thinking: true},
		"`temperature` is deprecated for this model":                   {temperature: true},
		"messages.1.content.0: invalid `signature` in thinking block":  {thinking: true},
		"thinking.enabled.budget_tokens: should be greater than 1024":  {},
		"output_config.effort: extra inputs are not permitted":         {effort: true},
		"messages: text content blocks must be non-empty":              {},
		"max_tokens: 64000 > 8192, which is the maximum allowed":       {tokensAbove: 8192},
		"max_tokens: 1 > many":                                         {},
		"tools.0.custom.cache_control: not supported for this account": {},
	} {
		var got without
		if got.learn(text, true); got != want {
			t.Errorf("%s: %+v", text, got)
		}
	}
}
