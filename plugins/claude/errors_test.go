package claude

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"syscall"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func vendorError(kind, message string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":%q,"message":%q},"request_id":"req_body"}`, kind, message)
}

func vendorCode(code string) string {
	return fmt.Sprintf(`{"type":"error","error":{"type":"rate_limit_error","message":"m","details":{"error_code":%q}}}`, code)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	page := "<html><head><style>b{}</style><script>x()</script></head><body><h1>502</h1>Bad\n Gateway</body></html>"
	for _, tt := range []struct {
		name    string
		status  int
		body    string
		kind    sdk.Kind
		retry   bool
		message string // a part of it
		remedy  string
	}{
		{"400", 400, vendorError("invalid_request_error", "messages: bad"), sdk.KindInvalidRequest, false, "messages: bad", ""},
		{"prompt too long", 400, vendorError("invalid_request_error", "prompt is too long: 3 > 2"), sdk.KindContextTooLong, false, "too long", "session"},
		{"context limit", 400, vendorError("invalid_request_error", "input length and `max_tokens` exceed context limit: 3"), sdk.KindContextTooLong, false, "", "session"},
		{"credit", 400, vendorError("invalid_request_error", "Your credit balance is too low to access the API"), sdk.KindBilling, false, "credit", "platform"},
		{"own spend limit", 400, vendorError("invalid_request_error", "You have reached your specified API usage limits."), sdk.KindBilling, false, "", "platform"},
		{"policy 1", 400, vendorError("invalid_request_error", "This credential is only authorized for use with Claude Code and cannot be used for other API requests."), sdk.KindPolicyRefused, false, "", "API key"},
		{"policy 2", 400, vendorError("invalid_request_error", "Third-party apps now draw from your extra usage, not your plan limits."), sdk.KindPolicyRefused, false, "", "API key"},
		{"policy 3", 400, vendorError("invalid_request_error", "You're out of extra usage."), sdk.KindPolicyRefused, false, "", "API key"},
		{"401", 401, vendorError("authentication_error", "invalid x-api-key"), sdk.KindUnauthenticated, false, "ANTHROPIC_API_KEY was refused: invalid x-api-key", "jcode login --provider claude"},
		{"402", 402, vendorError("billing_error", "pay"), sdk.KindBilling, false, "pay", "platform"},
		{"403", 403, vendorError("permission_error", "no"), sdk.KindPermissionDenied, false, "no", "platform"},
		{"404", 404, vendorError("not_found_error", "model: x"), sdk.KindModelNotFound, false, "model: x", "jcode models --provider claude"},
		{"404 empty", 404, "", sdk.KindModelNotFound, false, "", "jcode models"},
		{"404 page", 404, page, sdk.KindConfiguration, false, "Bad Gateway", "ANTHROPIC_BASE_URL"},
		{"408", 408, "", sdk.KindNetwork, true, "", ""},
		{"409", 409, vendorError("conflict_error", "again"), sdk.KindOverloaded, true, "", ""},
		{"413", 413, vendorError("request_too_large", "big"), sdk.KindContextTooLong, false, "too large: big", "session"},
		{"413 from the edge", 413, "<html>413</html>", sdk.KindContextTooLong, false, "", "session"},
		{"429", 429, vendorError("rate_limit_error", "slow"), sdk.KindRateLimited, true, "slow", ""},
		{"429 spend", 429, vendorCode("organization_spend_limit_reached"), sdk.KindBilling, false, "spending", "platform"},
		{"429 ramp", 429, vendorCode("ramp_limit_exceeded"), sdk.KindRateLimited, false, "", ""},
		{"image", 400, vendorCode("image_dimensions_too_large"), sdk.KindInvalidRequest, false, "image", "smaller"},
		{"500", 500, vendorError("api_error", "oops"), sdk.KindOverloaded, true, "oops", ""},
		{"502 page", 502, page, sdk.KindNetwork, true, "502 Bad Gateway", ""},
		{"503 text", 503, "upstream gone", sdk.KindNetwork, true, "upstream gone", ""},
		{"504", 504, vendorError("timeout_error", "late"), sdk.KindNetwork, true, "late", ""},
		{"529", 529, vendorError("overloaded_error", "Overloaded"), sdk.KindOverloaded, true, "Overloaded", ""},
		{"529 empty", 529, "", sdk.KindOverloaded, true, "", ""},
		{"403 page", 403, "<title>Just a moment...</title>", sdk.KindNetwork, false, "Just a moment", ""},
		{"407", 407, "proxy", sdk.KindNetwork, false, "", "HTTPS_PROXY"},
		{"418 unknown", 418, `{"error":"short and stout"}`, sdk.KindInvalidRequest, false, "short and stout", ""},
		{"message only", 422, `{"message":"odd"}`, sdk.KindInvalidRequest, false, "odd", ""},
		{"error is a number", 422, `{"error":7}`, sdk.KindInvalidRequest, false, "7", ""},
		{"login page", 200, page, sdk.KindNetwork, false, "Bad Gateway", ""},
		{"error under 200", 200, vendorError("overloaded_error", "later"), sdk.KindOverloaded, true, "later", ""},
		{"JSON under 200", 200, `{"type":"message"}`, sdk.KindNetwork, false, "no event stream", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Type", "application/json")
				w.Header().Set("Request-Id", "req_head")
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			}))
			p, clock := newTestProvider(t, url, testSetup{})
			stream := &recorder{}
			_, err := p.Generate(t.Context(), hello(), stream)
			var e *sdk.Error
			if !errors.As(err, &e) {
				t.Fatalf("%T: %v", err, err)
			}
			if e.Kind != tt.kind || e.Retryable != tt.retry || e.HTTPStatus != tt.status || e.ProviderRequestID != "req_head" {
				t.Errorf("%s, retryable %v, status %d, id %q: %v", e.Kind, e.Retryable, e.HTTPStatus, e.ProviderRequestID, e)
			}
			if !strings.Contains(e.Message, tt.message) || !strings.Contains(e.Remedy, tt.remedy) || strings.Contains(e.Error(), testKey) {
				t.Errorf("message %q, remedy %q", e.Message, e.Remedy)
			}
			if want := map[bool]int{true: backoff.MaxAttempts - 1}[tt.retry]; len(clock.slept) != want || len(eventsOf[sdk.RetryEvent](stream)) != want {
				t.Errorf("slept %v, told %v", clock.slept, eventsOf[sdk.RetryEvent](stream))
			}
		})
	}
}

func TestCompressedError(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	writer := gzip.NewWriter(&packed)
	_, _ = io.WriteString(writer, vendorError("invalid_request_error", "prompt is too long: 3 > 2"))
	_ = writer.Close()
	for name, tt := range map[string]struct {
		body    []byte
		kind    sdk.Kind
		message string
	}{
		"gzip":             {packed.Bytes(), sdk.KindContextTooLong, "prompt is too long"},
		"gzip, cut":        {packed.Bytes()[:packed.Len()-4], sdk.KindContextTooLong, "prompt is too long"},
		"says gzip, isn't": {[]byte("bad gateway"), sdk.KindNetwork, "bad gateway"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Content-Encoding", "gzip")
				w.WriteHeader(http.StatusBadRequest)
				_, _ = w.Write(tt.body)
			}))
			p, _ := newTestProvider(t, url, testSetup{})
			_, err := p.Generate(t.Context(), hello(), &recorder{})
			var e *sdk.Error
			if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message, tt.message) {
				t.Errorf("%v", err)
			}
		})
	}
}

// A wait that is too long to be slept through is told.
func TestLongWaitIsTold(t *testing.T) {
	t.Parallel()
	for wait, remedy := range map[string]string{"4000": "wait 1h6m40s, then ask again", "30": ""} {
		f := fault{status: http.StatusTooManyRequests, kind: "rate_limit_error", header: http.Header{"Retry-After": {wait}}}
		if got := f.error(""); got.Remedy != remedy {
			t.Errorf("%s s: remedy %q, want %q", wait, got.Remedy, remedy)
		}
	}
}

// Within a stream there is no status: the type alone decides.
func TestStreamErrorKinds(t *testing.T) {
	t.Parallel()
	for kind, want := range map[string]sdk.Kind{
		"overloaded_error": sdk.KindOverloaded, "rate_limit_error": sdk.KindRateLimited, "api_error": sdk.KindOverloaded,
		"invalid_request_error": sdk.KindInvalidRequest, "brand_new_error": sdk.KindOverloaded,
	} {
		if got := streamError(wireAPIError{Type: kind, Message: "m"}, ""); sdk.KindOf(got) != want {
			t.Errorf("%s is %v, want %v", kind, got, want)
		}
	}
}

func closedPort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = listener.Close() }()
	return "http://" + listener.Addr().String()
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	p, clock := newTestProvider(t, closedPort(t), testSetup{})
	_, err := p.Generate(t.Context(), hello(), &recorder{})
	var e *sdk.Error
	if !errors.As(err, &e) || e.Kind != sdk.KindNetwork || !strings.Contains(err.Error(), "no connection to 127.0.0.1") {
		t.Fatal(err)
	}
	if strings.Contains(err.Error(), "v1/messages") || strings.Count(err.Error(), ":") > 3 {
		t.Errorf("too wordy: %v", err)
	}
	if !errors.Is(err, syscall.ECONNREFUSED) && !strings.Contains(err.Error(), "refused") {
		t.Errorf("the cause is lost: %v", err)
	}
	if len(clock.slept) != backoff.MaxAttempts-1 {
		t.Errorf("slept %v", clock.slept)
	}
}

func TestUntrustedCertificate(t *testing.T) {
	t.Parallel()
	server := httptest.NewUnstartedServer(streamHandler(helloStream))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.TLS = &tls.Config{MinVersion: tls.VersionTLS12}
	server.StartTLS()
	t.Cleanup(server.Close)
	p, _ := newTestProvider(t, server.URL, testSetup{})
	_, err := p.Generate(t.Context(), hello(), &recorder{})
	if sdk.KindOf(err) != sdk.KindNetwork || !strings.Contains(err.Error(), "certificate") {
		t.Error(err)
	}
}

// The key goes to no other server, whatever the redirect.
func TestRedirect(t *testing.T) {
	t.Parallel()
	other := serve(t, http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("the other server was asked") }))
	for _, status := range []int{301, 302, 303, 307, 308} {
		p, _ := newTestProvider(t, serve(t, http.RedirectHandler(other+"/v1/messages?token=x", status)), testSetup{})
		_, err := p.Generate(t.Context(), hello(), &recorder{})
		if sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(err.Error(), other) || strings.Contains(err.Error(), "token") {
			t.Errorf("%d: %v", status, err)
		}
	}
}

func TestRedirectOnTheSameServer(t *testing.T) {
	t.Parallel()
	mux := http.NewServeMux()
	mux.Handle("/v1/messages", http.RedirectHandler("/moved", http.StatusTemporaryRedirect))
	mux.HandleFunc("/moved", func(w http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); r.Method != http.MethodPost || len(body) == 0 || r.Header.Get("X-Api-Key") == "" {
			t.Errorf("%s with %d bytes", r.Method, len(body))
		}
		streamHandler(helloStream)(w, r)
	})
	p, _ := newTestProvider(t, serve(t, mux), testSetup{})
	stream := &recorder{}
	if _, err := p.Generate(t.Context(), hello(), stream); err != nil || stream.text() != "Hello" {
		t.Error(err, stream.text())
	}
}

// hang sends the beginning of an answer and then nothing until the client leaves.
func hang(begin string, left chan<- struct{}) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "text/event-stream")
		if begin != "" {
			_, _ = io.WriteString(w, begin)
			_ = http.NewResponseController(w).Flush()
		}
		<-r.Context().Done()
		left <- struct{}{}
	}
}

func TestIdleTimeout(t *testing.T) {
	t.Parallel()
	for text, begin := range map[string]string{"": "", "Hello": startEvent + helloEvents} {
		t.Run("after "+text, func(t *testing.T) {
			t.Parallel()
			left := make(chan struct{}, backoff.MaxAttempts)
			p, _ := newTestProvider(t, serve(t, hang(begin, left)), testSetup{settings: map[string]string{"idle_timeout": "50ms"}})
			stream := &recorder{}
			_, err := p.Generate(t.Context(), hello(), stream)
			if sdk.KindOf(err) != sdk.KindNetwork || !errors.Is(err, context.DeadlineExceeded) || !sdk.AsError(err).Retryable {
				t.Errorf("%s: %v", sdk.KindOf(err), err)
			}
			if stream.text() != text {
				t.Errorf("%q", stream.text())
			}
			<-left
		})
	}
}

func TestCancel(t *testing.T) {
	t.Parallel()
	for name, begin := range map[string]string{"before the head": "", "in the stream": startEvent + helloEvents} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			left := make(chan struct{}, 1)
			arrived := make(chan struct{})
			handler := hang(begin, left)
			p, clock := newTestProvider(t, serve(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				close(arrived)
				handler(w, r)
			})), testSetup{})
			ctx, cancel := context.WithCancel(t.Context())
			go func() { <-arrived; cancel() }()
			_, err := p.Generate(ctx, hello(), &recorder{})
			if sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.Canceled) || len(clock.slept) > 0 {
				t.Errorf("%s: %v, slept %v", sdk.KindOf(err), err, clock.slept)
			}
			<-left
		})
	}
}

func TestInterrupt(t *testing.T) {
	t.Parallel()
	left := make(chan struct{}, 1)
	p, _ := newTestProvider(t, serve(t, hang(startEvent+helloEvents, left)), testSetup{})
	stream := &recorder{interrupted: make(chan struct{})}
	stream.onEmit = func(e sdk.Event) error {
		if _, ok := e.(sdk.TextDelta); ok {
			close(stream.interrupted)
		}
		return nil
	}
	if _, err := p.Generate(t.Context(), hello(), stream); sdk.KindOf(err) != sdk.KindCancelled {
		t.Error(err)
	}
	<-left
}

// When the caller is gone its own error comes back and nothing is retried.
func TestEmitFails(t *testing.T) {
	t.Parallel()
	gone := errors.New("caller gone")
	for n := range 4 {
		p, clock := newTestProvider(t, serve(t, streamHandler(helloStream)), testSetup{})
		left := n
		stream := &recorder{onEmit: func(sdk.Event) error {
			if left--; left < 0 {
				return gone
			}
			return nil
		}}
		_, err := p.Generate(t.Context(), hello(), stream)
		if err != gone || len(clock.slept) > 0 { //nolint:errorlint // the very error
			t.Errorf("after %d events: %v", n, err)
		}
	}
}

type noNetwork struct{ t *testing.T }

func (n noNetwork) RoundTrip(r *http.Request) (*http.Response, error) {
	n.t.Errorf("%s was sent", r.URL)
	return nil, io.ErrClosedPipe
}

// Over the vendor's limit nothing is uploaded.
func TestTooLarge(t *testing.T) {
	t.Parallel()
	request := hello()
	request.Messages[0] = say(strings.Repeat("x", maxBody))
	p, _ := newTestProvider(t, "", testSetup{})
	p.client = func() *http.Client { return &http.Client{Transport: noNetwork{t}} }
	_, err := p.Generate(t.Context(), request, &recorder{})
	if sdk.KindOf(err) != sdk.KindContextTooLong {
		t.Error(err)
	}
}
