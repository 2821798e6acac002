package httpapi

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"time"
)

const (
	connectTimeout = 15 * time.Second
	maxRedirects   = 3
	// A dead HTTP/2 connection is found by a ping, long before the idle timeout.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
	// Enough for a turn and its subagents; more only holds memory.
	maxIdleConns = 8
)

// NewClient makes a client for one vendor: proxies of the environment, no total
// timeout, since an answer may take as long as it makes progress, and redirects
// within the same server only. roots are further certificate authorities; nil is
// the system's alone.
func NewClient(roots *x509.CertPool) *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: 2 * connectTimeout}
	transport := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         dialer.DialContext,
		TLSHandshakeTimeout: connectTimeout,
		ForceAttemptHTTP2:   true,
		HTTP2:               &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingTimeout},
		// A compressed event stream would be held back until a block is full.
		DisableCompression:  true,
		MaxIdleConns:        maxIdleConns,
		MaxIdleConnsPerHost: maxIdleConns,
		IdleConnTimeout:     90 * time.Second,
	}
	if roots != nil {
		transport.TLSClientConfig = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	}
	return &http.Client{CheckRedirect: checkRedirect, Transport: transport}
}

// RedirectError is a redirect that is not followed.
type RedirectError struct {
	// To is the place, without a query, which may hold something secret.
	To string
}

// Error names the place.
func (e *RedirectError) Error() string { return "the server redirects to " + e.To }

// checkRedirect follows a redirect only within the same server and only when the
// request stays what it is: net/http would hand the key to any other host, and
// turn a POST into a GET.
func checkRedirect(request *http.Request, via []*http.Request) error {
	first := via[0]
	same := request.URL.Scheme == first.URL.Scheme && request.URL.Host == first.URL.Host
	if !same || request.Method != first.Method || len(via) > maxRedirects {
		return &RedirectError{To: place(request.URL)}
	}
	return nil
}

// place names a URL without what may be secret in it.
func place(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }

// Send sends the request that create returns, and once more on a new connection
// when a kept one turns out to be closed: servers close them when they like, also
// just when they are used again. net/http does the same for a GET only. The error
// is that of create, or what the client returned.
func Send(ctx context.Context, client *http.Client, create func(context.Context) (*http.Request, error)) (*http.Response, error) {
	kept := false
	traced := httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(info httptrace.GotConnInfo) { kept = info.Reused },
	})
	for first := true; ; first = false {
		request, err := create(traced)
		if err != nil {
			return nil, err
		}
		response, err := client.Do(request)
		if err == nil {
			return response, nil
		}
		var redirect *RedirectError
		if !first || !kept || context.Cause(ctx) != nil || errors.As(err, &redirect) {
			return nil, err
		}
		client.CloseIdleConnections() // they may be as dead
	}
}
