package oauth

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

func open(t *testing.T, options ListenOptions) *Callback {
	t.Helper()
	options.State = "mine"
	c, err := Listen(t.Context(), options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// tryGet is the text of a page, or of the error.
func tryGet(url string) string {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	response, err := (&http.Client{Transport: transport, Timeout: 30 * time.Second}).Get(url)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return err.Error()
	}
	return string(body)
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	client := &http.Client{Transport: transport, Timeout: 10 * time.Second}
	response, err := client.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// Strays, wrong states and idle connections are answered or kept, and the login
// goes on until the right answer comes, on either address.
func TestCallback(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1", "[::1]", "localhost"} {
		t.Run(address, func(t *testing.T) {
			t.Parallel()
			c := open(t, ListenOptions{})
			base := "http://" + address + ":" + strconv.Itoa(c.port)
			if len(c.listeners) < 2 && address == "[::1]" {
				t.Skip("no IPv6 here")
			}
			idle, err := net.Dial("tcp", strings.TrimPrefix(base, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = idle.Close() }()
			for path, want := range map[string]int{
				"/favicon.ico": 404, "/": 404, "/callback": 400, "/callback?code=c": 400,
				"/callback?code=c&state=STRANGE": 400, "/callback?error=x&state=STRANGE": 400, "/callback?state=STRANGE": 400,
			} {
				if status, body := get(t, base+path); status != want || strings.Contains(body, "STRANGE") {
					t.Errorf("%s: %d %s", path, status, body)
				}
			}
			page := make(chan string, 1)
			go func() { page <- tryGet(base + "/callback?code=c&state=mine") }()
			answer, err := c.Wait(t.Context())
			c.Finish(nil)
			if got := <-page; !strings.Contains(got, "You are logged in. ") {
				t.Errorf("the page says %q", got)
			}
			if status, _ := get(t, base+"/callback?code=again&state=mine"); status != 200 {
				t.Errorf("a reload: %d", status)
			}
			if err != nil || answer.Code.Reveal() != "c" || answer.Redirect != c.URL() {
				t.Errorf("%+v %v", answer, err)
			}
		})
	}
}

// A path is the one of the redirect URL to the letter.
func TestCallbackEscapedPath(t *testing.T) {
	t.Parallel()
	c := open(t, ListenOptions{Path: "/a%20b"})
	go tryGet(c.URL() + "?code=c&state=mine")
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	if _, err := c.Wait(ctx); err != nil {
		t.Error(err)
	}
}

// The browser learns how the exchange went, also when the login ends without a
// word about it; an answer of this login without a code ends it.
func TestCallbackPages(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, query, want string
		finish            func(*Callback)
		err               error
	}{
		{"well", "code=c", "You are logged in. ", func(c *Callback) { c.Finish(nil) }, nil},
		{"exchange refused", "code=c", "The login failed", func(c *Callback) { c.Finish(io.EOF); c.Finish(nil) }, nil},
		{"closed", "code=c", "as far as the browser goes", func(*Callback) {}, nil},
		{"no code", "", "The login was refused", func(*Callback) {}, ErrNoCode},
		{"a strange code", "code=%22%3E", "The login was refused", func(*Callback) {}, ErrNoCode},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, ListenOptions{})
			page := make(chan string, 1)
			go func() { page <- tryGet(c.URL() + "?state=mine&" + tt.query) }()
			if _, err := c.Wait(t.Context()); !errors.Is(err, tt.err) {
				t.Error(err)
			}
			tt.finish(c)
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			if got := <-page; !strings.Contains(got, tt.want) {
				t.Errorf("the page says %q", got)
			}
		})
	}
}

func TestCallbackDenied(t *testing.T) {
	t.Parallel()
	c := open(t, ListenOptions{Path: "/auth/callback"})
	get(t, c.URL()+"?error=access_denied&state=mine")
	var denied *DeniedError
	if _, err := c.Wait(t.Context()); !errors.As(err, &denied) || denied.Code != "access_denied" {
		t.Errorf("%v", err)
	}
}

// A page that makes its own name resolve to this machine gets nothing.
func TestForeignHostName(t *testing.T) {
	t.Parallel()
	c := open(t, ListenOptions{})
	request, _ := http.NewRequestWithContext(t.Context(), http.MethodGet, c.URL()+"?code=c&state=mine", nil)
	request.Host = "evil.example"
	response, err := (&http.Client{}).Do(request)
	if err != nil || response.StatusCode != http.StatusForbidden {
		t.Errorf("%v %v", response, err)
	}
}

func TestPortBusy(t *testing.T) {
	t.Parallel()
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Skip(err)
		}
		defer func() { _ = l.Close() }()
		var busy *PortBusyError
		if _, err := Listen(t.Context(), ListenOptions{Port: portOf(l)}); !errors.As(err, &busy) || busy.Port != portOf(l) {
			t.Errorf("%s: %v", address, err)
		}
	}
}

// The port is free again after Close, whatever connections there were.
func TestCloseFreesThePort(t *testing.T) {
	t.Parallel()
	c := open(t, ListenOptions{})
	conn, err := net.Dial("tcp", "127.0.0.1:"+strconv.Itoa(c.port))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	if _, err := conn.Read(make([]byte, 1)); err == nil || errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("the connection lives on: %v", err)
	}
	again, err := Listen(t.Context(), ListenOptions{Port: c.port})
	if err != nil {
		t.Fatal(err)
	}
	_ = again.Close()
}

func TestWaitEnds(t *testing.T) {
	t.Parallel()
	c := open(t, ListenOptions{})
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := c.Wait(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}

func TestRace(t *testing.T) {
	t.Parallel()
	never := func(ctx context.Context) (Answer, error) {
		<-ctx.Done()
		return Answer{}, ctx.Err()
	}
	pasted := func(context.Context) (Answer, error) { return ParseAnswer("pasted") }
	nobody := func(context.Context) (Answer, error) {
		return Answer{}, &sdk.Error{Kind: sdk.KindInteractionRequired}
	}
	gone := func(context.Context) (Answer, error) { return Answer{}, io.ErrClosedPipe }
	for _, tt := range []struct {
		name    string
		ask     func(context.Context) (Answer, error)
		browser bool
		code    string
		err     error
	}{
		{"browser first", never, true, "c", nil},
		{"paste first", pasted, false, "pasted", nil},
		{"nobody to ask", nobody, true, "c", nil},
		{"terminal gone", gone, false, "", io.ErrClosedPipe},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := open(t, ListenOptions{})
			if tt.browser {
				go tryGet(c.URL() + "?code=c&state=mine")
			}
			answer, err := Race(t.Context(), c, tt.ask)
			if !errors.Is(err, tt.err) || answer.Code.Reveal() != tt.code {
				t.Errorf("%q %v", answer.Code.Reveal(), err)
			}
		})
	}
	// When time is up the question is withdrawn first.
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	withdrawn := false
	_, err := Race(ctx, open(t, ListenOptions{}), func(ctx context.Context) (Answer, error) {
		<-ctx.Done()
		<-time.After(50 * time.Millisecond)
		withdrawn = true
		return Answer{}, ctx.Err()
	})
	if !errors.Is(err, context.DeadlineExceeded) || !withdrawn {
		t.Errorf("%v, withdrawn %v", err, withdrawn)
	}
	if answer, err := Race(t.Context(), nil, pasted); err != nil || answer.Code.Reveal() != "pasted" {
		t.Error(err)
	}
}
