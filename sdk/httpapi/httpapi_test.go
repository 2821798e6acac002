package httpapi_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

func TestBackoff(t *testing.T) {
	t.Parallel()
	b := httpapi.Backoff{MaxAttempts: 4, First: time.Second, Last: 3 * time.Second, Longest: time.Minute}
	for _, tt := range []struct {
		name    string
		err     sdk.Error
		attempt int
		random  float64
		wait    time.Duration
		again   bool
	}{
		{"first", sdk.Error{Retryable: true}, 1, 0, time.Second, true},
		{"second", sdk.Error{Retryable: true}, 2, 0, 2 * time.Second, true},
		{"capped", sdk.Error{Retryable: true}, 3, 0, 3 * time.Second, true},
		{"jitter", sdk.Error{Retryable: true}, 1, 1, 750 * time.Millisecond, true},
		{"no more", sdk.Error{Retryable: true}, 4, 0, 0, false},
		{"not retryable", sdk.Error{}, 1, 0, 0, false},
		{"as the vendor says", sdk.Error{Retryable: true, RetryAfter: 20 * time.Second}, 1, 1, 20 * time.Second, true},
		{"longer than anybody waits", sdk.Error{Retryable: true, RetryAfter: 61 * time.Second}, 1, 0, 0, false},
	} {
		if wait, again := b.Wait(&tt.err, tt.attempt, tt.random); wait != tt.wait || again != tt.again {
			t.Errorf("%s: %v %v", tt.name, wait, again)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for value, want := range map[string]time.Duration{
		"": 0, "2": 2 * time.Second, " 1.5 ": 1500 * time.Millisecond, "-1": 0, "soon": 0, "1e300": 365 * 24 * time.Hour,
		"NaN": 0, "Fri, 02 Jan 2026 03:05:05 GMT": time.Minute, "Fri, 02 Jan 2026 03:03:05 GMT": 0,
	} {
		if got := httpapi.RetryAfter(http.Header{"Retry-After": {value}}, now); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
	if got := httpapi.RetryAfter(http.Header{"Retry-After-Ms": {"1500"}, "Retry-After": {"9"}}, now); got != 1500*time.Millisecond {
		t.Error(got)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		" a\n\tb ": "a b", "\x1b[31mred\x07": "[31mred", "bad\xff": "bad\uFFFD", strings.Repeat("é", 250): strings.Repeat("é", 200) + "…",
	} {
		if got := httpapi.Excerpt(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for in, want := range map[string]string{
		"<html><head><TITLE>Just a &amp; moment</TITLE><style>x{}</style></head><body>y</body>": "Just a & moment",
		"<p>one</p><script>var x</script><p>two</p>":                                            "one two",
		"plain": "plain", "<script>never ends": "",
	} {
		if got := httpapi.PageExcerpt(in); got != want {
			t.Errorf("%q: %q", in, got)
		}
	}
	for in, want := range map[string]bool{"sk-abc": true, "": false, "a b": false, "a\n": false, "é": false} {
		if httpapi.HeaderSafe(in) != want {
			t.Errorf("%q", in)
		}
	}
}

func TestParseBase(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"https://H.example/v1/": "https://H.example/v1", " http://127.0.0.1:8080 ": "http://127.0.0.1:8080", "http://[::1]:1/x": "http://[::1]:1/x",
		"http://localhost": "http://localhost",
		"http://h.example": "", "ftp://h.example": "", "https://": "", "https://u:secret@h.example": "", "https://h.example?x": "", "https://h.example#x": "", "%": "",
	} {
		base, fault := httpapi.ParseBase(in)
		if base.URL != want || (fault == "") != (want != "") || strings.Contains(fault, "secret") {
			t.Errorf("%q: %+v %q", in, base, fault)
		}
	}
	if base, _ := httpapi.ParseBase("https://API.example:444/x"); base.Name != "api.example" || base.Host != "API.example:444" {
		t.Errorf("%+v", base)
	}
}

// A redirect to another server is not followed: it would be handed the key.
func TestRedirects(t *testing.T) {
	t.Parallel()
	var handed atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { handed.Add(1) }))
	t.Cleanup(other.Close)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, other.URL+"/x?code=secret", http.StatusTemporaryRedirect)
		case "/same":
			http.Redirect(w, r, "/end", http.StatusTemporaryRedirect)
		case "/get":
			http.Redirect(w, r, "/end", http.StatusFound)
		}
	}))
	t.Cleanup(server.Close)
	client := httpapi.NewClient(nil)
	for path, ok := range map[string]bool{"/away": false, "/same": true, "/get": false, "/end": true} {
		response, err := httpapi.Send(t.Context(), client, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, server.URL+path, strings.NewReader("body"))
		})
		if (err == nil) != ok {
			t.Errorf("%s: %v", path, err)
		}
		if err == nil {
			_ = response.Body.Close()
			continue
		}
		e := httpapi.NetworkError(t.Context(), "op", "h", err)
		if e.Kind != sdk.KindConfiguration || strings.Contains(e.Error(), "secret") {
			t.Errorf("%s: %v", path, e)
		}
	}
	if handed.Load() != 0 {
		t.Error("the other server was asked")
	}
}

// A kept connection that the server closed in the meantime costs no error.
func TestSendOnADeadConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	served := make(chan net.Conn, 8)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			served <- conn
			go answerOnce(conn)
		}
	}()
	client := httpapi.NewClient(nil)
	for i := range 2 {
		response, err := httpapi.Send(t.Context(), client, func(ctx context.Context) (*http.Request, error) {
			return http.NewRequestWithContext(ctx, http.MethodPost, "http://"+l.Addr().String(), strings.NewReader("body"))
		})
		if err != nil {
			t.Fatal(i, err)
		}
		_, _ = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
	}
	if n := len(served); n != 2 {
		t.Errorf("%d connections", n)
	}
}

// answerOnce answers one request and closes the connection at the sight of another.
func answerOnce(conn net.Conn) {
	defer func() { _ = conn.Close() }()
	buffer := make([]byte, 4096)
	if _, err := conn.Read(buffer); err != nil {
		return
	}
	_, _ = io.WriteString(conn, "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
	_, _ = conn.Read(buffer)
}

func TestWatchdog(t *testing.T) {
	t.Parallel()
	ctx, dog, stop := httpapi.Watch(t.Context(), 20*time.Millisecond)
	defer stop()
	if text, err := io.ReadAll(dog.Reader(strings.NewReader("moves"))); err != nil || string(text) != "moves" {
		t.Errorf("%q %v", text, err)
	}
	<-ctx.Done()
	if !errors.Is(context.Cause(ctx), httpapi.ErrIdle) {
		t.Error(context.Cause(ctx))
	}
	if e := httpapi.NetworkError(ctx, "op", "h", io.EOF); e.Kind != sdk.KindNetwork || !e.Retryable || !errors.Is(e, context.DeadlineExceeded) {
		t.Errorf("%+v", e)
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if e := httpapi.CutStream(cancelled, "op", "h", "id", io.EOF); e.Kind != sdk.KindCancelled || !errors.Is(e, context.Canceled) {
		t.Errorf("%+v", e)
	}
	if e := httpapi.CutStream(t.Context(), "op", "h", "id", io.EOF); e.Kind != sdk.KindNetwork || !errors.Is(e, io.ErrUnexpectedEOF) || e.ProviderRequestID != "id" {
		t.Errorf("%+v", e)
	}
	if e := httpapi.CutStream(t.Context(), "op", "h", "", errors.New("reset by peer")); !strings.Contains(e.Error(), "reset by peer") {
		t.Errorf("%+v", e)
	}
	_, err := httpapi.NewClient(nil).Get("http://127.0.0.1:1/?key=secret")
	if e := httpapi.NetworkError(t.Context(), "op", "h", err); strings.Contains(e.Error(), "secret") || !strings.Contains(e.Error(), "refused") {
		t.Errorf("%v", e)
	}
}

// Some proxies compress although nobody asked.
func TestErrorBody(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = io.WriteString(w, "a page")
	_ = w.Close()
	for encoding, body := range map[string]string{"": "a page", "gzip": packed.String()} {
		response := &http.Response{Header: http.Header{"Content-Encoding": {encoding}}, Body: io.NopCloser(strings.NewReader(body))}
		if got := string(httpapi.ErrorBody(response)); got != "a page" {
			t.Errorf("%q: %q", encoding, got)
		}
	}
}

func TestLimitWatch(t *testing.T) {
	t.Parallel()
	var w httpapi.LimitWatch
	for i, tt := range []struct {
		status string
		share  float64
		want   bool
	}{{"allowed", 0.1, false}, {"warning", 0.91, true}, {"warning", 0.911, false}, {"warning", 0.95, true}, {"allowed", 0, true}, {"allowed", 0.1, false}} {
		if got := w.News(sdk.RateLimit{Window: "w", Status: tt.status, Utilization: tt.share}); got != tt.want {
			t.Errorf("%d: %v", i, got)
		}
	}
}
