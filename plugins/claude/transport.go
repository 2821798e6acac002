package claude

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const (
	connectTimeout = 30 * time.Second
	maxRedirects   = 3
	// A dead HTTP/2 connection is found by a ping, long before the idle timeout.
	pingAfter   = 30 * time.Second
	pingTimeout = 15 * time.Second
	// Enough for a turn and its subagents; more only holds memory.
	maxIdleConns = 8
)

// newClient makes the one client of a provider. It has no total timeout, since an
// answer may take as long as it makes progress; the watchdog sees to that.
func newClient() *http.Client {
	dialer := &net.Dialer{Timeout: connectTimeout, KeepAlive: connectTimeout}
	return &http.Client{
		CheckRedirect: checkRedirect,
		Transport: &http.Transport{
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
		},
	}
}

// redirectError is a redirect that is not followed.
type redirectError struct{ to string }

func (e *redirectError) Error() string {
	return "the server redirects to " + e.to
}

func (e *redirectError) error() *sdk.Error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Op: opGenerate,
		Message: fmt.Sprintf("%s; the credentials are not sent there", e.Error()),
		Remedy:  baseURLRemedy,
	}
}

// checkRedirect follows a redirect only within the same server and only when the
// request stays what it is: net/http would hand the key to any other host, and
// turn a POST into a GET.
func checkRedirect(request *http.Request, via []*http.Request) error {
	first := via[0]
	same := request.URL.Scheme == first.URL.Scheme && request.URL.Host == first.URL.Host
	if !same || request.Method != first.Method || len(via) > maxRedirects {
		return &redirectError{to: place(request.URL)}
	}
	return nil
}

// place names a URL without what may be secret in it.
func place(u *url.URL) string { return u.Scheme + "://" + u.Host + u.EscapedPath() }
