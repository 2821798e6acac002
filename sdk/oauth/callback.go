package oauth

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

const (
	headerLimit = 5 * time.Second
	// pageLimit is how long Close waits for a browser to take its page.
	pageLimit = 2 * time.Second
	// verdictLimit is how long a browser waits to learn how the login ended.
	verdictLimit = 5 * time.Second

	halfWay = "You are logged in as far as the browser goes. Go back to the terminal; this page can be closed."
)

// ListenOptions say where the browser comes back to.
type ListenOptions struct {
	// Host is the name in the redirect URL; empty is "localhost". It must be
	// this machine: the server listens on the loopback addresses only.
	Host string
	// Port is 0 for any that is free.
	Port int
	// Path is the path of the redirect URL as it stands there, escapes and all;
	// empty is "/callback".
	Path string
	// State is the one that the answer must have.
	State string
}

// PortBusyError says that another program has the port.
type PortBusyError struct{ Port int }

// Error names the port.
func (e *PortBusyError) Error() string {
	return fmt.Sprintf("port %d is in use by another program", e.Port)
}

// PortExcludedError says that the system does not let this program have the port,
// although nobody may be listening on it.
type PortExcludedError struct{ Port int }

// Error names the port.
func (e *PortExcludedError) Error() string {
	return fmt.Sprintf("the system does not let this program listen on port %d", e.Port)
}

// Callback is a web server on this machine that waits for one answer of an
// authorization page. Close it.
type Callback struct {
	options   ListenOptions
	port      int
	server    *http.Server
	listeners []net.Listener
	serving   sync.WaitGroup

	once   sync.Once
	answer chan outcome

	answered atomic.Bool
	shown    chan struct{} // closed when the browser that answered has its page
	finish   sync.Once
	verdict  chan struct{} // closed when that page may be shown
	ending   string        // what it says then
}

type outcome struct {
	answer Answer
	err    error
}

// Listen starts a server on 127.0.0.1 and ::1, since a browser may try either for
// localhost; a machine without one of the two has only the other. A port that
// somebody else has is a *[PortBusyError], one that the system keeps a
// *[PortExcludedError].
func Listen(ctx context.Context, options ListenOptions) (*Callback, error) {
	if options.Host == "" {
		options.Host = "localhost"
	}
	if options.Path == "" {
		options.Path = "/callback"
	}
	listeners, err := listen(ctx, options.Port)
	if err != nil {
		return nil, err
	}
	c := &Callback{
		options: options, port: portOf(listeners[0]), listeners: listeners, answer: make(chan outcome, 1),
		verdict: make(chan struct{}), shown: make(chan struct{}),
	}
	// A browser opens connections ahead and sends nothing on them: each is a
	// goroutine that the limits and Close end.
	c.server = &http.Server{
		Handler: http.HandlerFunc(c.serve), ReadHeaderTimeout: headerLimit, IdleTimeout: headerLimit,
		MaxHeaderBytes: maxAnswer * 2,
	}
	for _, l := range listeners {
		c.serving.Go(func() { _ = c.server.Serve(l) }) // it ends with Close
	}
	return c, nil
}

// Address is host:port, for people who forward it.
func (c *Callback) Address() string { return net.JoinHostPort(c.options.Host, strconv.Itoa(c.port)) }

// URL is the redirect URL, which the exchange must repeat.
func (c *Callback) URL() string { return "http://" + c.Address() + c.options.Path }

// Wait returns the answer, or the page's refusal as *[DeniedError], or [ErrNoCode]
// for an answer of this login without a code, or the cause of ctx. The browser
// waits for [Callback.Finish] or Close to learn what became of it.
func (c *Callback) Wait(ctx context.Context) (Answer, error) {
	select {
	case o := <-c.answer:
		return o.answer, o.err
	case <-ctx.Done():
		return Answer{}, context.Cause(ctx)
	}
}

// Finish tells the browser how the login ended, once the code was exchanged; nil is
// well. Only the first call counts. Without it the browser is told at Close to look
// at the terminal.
func (c *Callback) Finish(err error) {
	text := "You are logged in. Go back to the terminal; this page can be closed."
	if err != nil {
		text = "The login failed. The terminal says why; this page can be closed."
	}
	c.show(text)
}

func (c *Callback) show(text string) {
	c.finish.Do(func() {
		c.ending = text
		close(c.verdict)
	})
}

// Close ends the server and all its connections, after the browser has its page.
// It may be called more than once.
func (c *Callback) Close() error {
	c.show(halfWay)
	if c.answered.Load() {
		timer := time.NewTimer(pageLimit)
		defer timer.Stop()
		select {
		case <-c.shown:
		case <-timer.C: // a browser that does not read
		}
	}
	err := c.server.Close()
	closeAll(c.listeners) // also one that Serve has not taken yet
	c.serving.Wait()
	return err
}

// serve answers every request and takes the first that is the page's answer.
func (c *Callback) serve(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer")
	w.Header().Set("Connection", "close")
	switch {
	case r.URL.EscapedPath() != c.options.Path:
		page(w, http.StatusNotFound, "There is nothing here.")
	case !loopbackHost(r.Host):
		page(w, http.StatusForbidden, "This address is not served.")
	case r.Method != http.MethodGet:
		page(w, http.StatusMethodNotAllowed, "This is not the answer of a login.")
	default:
		c.take(r.Context(), w, r.URL.Query())
	}
}

// take checks the state first: without it anybody's page could end the login. The
// browser is told how it ended only when that is known.
func (c *Callback) take(ctx context.Context, w http.ResponseWriter, query url.Values) {
	if !sameText(query.Get("state"), c.options.State) {
		page(w, http.StatusBadRequest, "This answer belongs to another login. The one in the terminal still waits.")
		return
	}
	first := false
	answer, err := parseQuery(query.Encode())
	answer.Redirect = c.URL()
	c.once.Do(func() {
		c.answered.Store(true)
		c.answer <- outcome{answer, err}
		first = true
	})
	if first {
		defer close(c.shown)
	}
	if err != nil {
		page(w, http.StatusOK, "The login was refused. Go back to the terminal; this page can be closed.")
		return
	}
	timer := time.NewTimer(verdictLimit)
	defer timer.Stop()
	select {
	case <-c.verdict:
	case <-timer.C: // the exchange takes long, or waits for whoever opened this page
		c.show(halfWay)
	case <-ctx.Done(): // nobody is there to see it
		return
	}
	page(w, http.StatusOK, c.ending)
}

// page repeats nothing of the request. It is sent whole at once, so that closing
// the server afterwards cuts nothing off.
func page(w http.ResponseWriter, status int, text string) {
	body := "<!doctype html><meta charset=utf-8><title>login</title><p>" + text + "</p>\n"
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = io.WriteString(w, body)            // the browser may be gone
	_ = http.NewResponseController(w).Flush() // as above
}

// loopbackHost keeps a page that resolves its own name to this machine from
// reading answers.
func loopbackHost(hostPort string) bool {
	host, _, err := net.SplitHostPort(hostPort)
	if err != nil {
		host = hostPort
	}
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
