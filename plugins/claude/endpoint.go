package claude

import (
	"fmt"
	"net"
	"net/url"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

const (
	vendorBase    = "https://api.anthropic.com"
	baseVariable  = "ANTHROPIC_BASE_URL"
	baseURLRemedy = "set " + baseVariable + " to the https address of the Messages API, or unset it"
)

// endpoint is where the API is.
type endpoint struct {
	// base has no trailing slash and no /v1.
	base string
	host string // with the port
	name string // without
	// custom says that the user pointed it elsewhere.
	custom bool
}

func (e endpoint) messages() string { return e.base + "/v1/messages" }
func (e endpoint) models() string   { return e.base + "/v1/models" }

// parseEndpoint reads the base URL; empty is the vendor's. It accepts a base with
// and without /v1, and plain http to this machine only, since the key would
// cross the network in the clear.
func parseEndpoint(raw string) (endpoint, error) {
	raw = strings.TrimSpace(raw)
	custom := raw != ""
	if !custom {
		raw = vendorBase
	}
	u, err := url.Parse(raw)
	if err != nil {
		// The text of url.Parse repeats the value, which may hold a password.
		return endpoint{}, badBase("is not a URL")
	}
	if fault := baseFault(u); fault != "" {
		return endpoint{}, badBase(fault)
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	path = strings.TrimRight(strings.TrimSuffix(path, "/v1"), "/")
	return endpoint{
		base: u.Scheme + "://" + u.Host + path, host: u.Host, name: u.Hostname(), custom: custom,
	}, nil
}

func baseFault(u *url.URL) string {
	switch {
	case u.Hostname() == "":
		return "names no host"
	case u.User != nil:
		return "holds a user name or password"
	case u.RawQuery != "" || u.Fragment != "":
		return "has a query or a fragment"
	case u.Scheme == "https":
		return ""
	case u.Scheme == "http" && loopback(u.Hostname()):
		return ""
	case u.Scheme == "http":
		return "is plain http to another machine, which would show the key to the network"
	}
	return fmt.Sprintf("has the scheme %q", u.Scheme)
}

func badBase(fault string) error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Message: baseVariable + " " + fault, Remedy: baseURLRemedy,
	}
}

func loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
