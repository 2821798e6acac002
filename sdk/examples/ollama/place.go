package ollama

import (
	"net"
	"net/url"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	defaultPort = "11434" // Ollama's
	defaultBase = "http://127.0.0.1:" + defaultPort
)

// place is a server.
type place struct {
	httpapi.Base
	// source is what names it: a variable, a setting, a file.
	source string
}

// local reports whether the server is on this machine, where no key is needed.
func (p place) local() bool { return httpapi.Loopback(p.Name) }

// api is the folder of chat completions, root that of Ollama's own interface.
func (p place) api() string {
	if strings.Count(p.URL, "/") == 2 { // the bare server
		return p.URL + "/v1"
	}
	return p.URL
}

func (p place) root() string { return strings.TrimSuffix(p.URL, "/v1") }

// parsePlace reads a base URL. Plain http to another machine needs the user's word,
// for prompts, answers and the key would cross the network in the clear.
func parsePlace(raw, source string, plainAllowed bool) (place, error) {
	raw = strings.TrimSpace(raw)
	plain := plainAllowed && strings.HasPrefix(strings.ToLower(raw), "http://")
	if plain {
		raw = "https" + raw[len("http"):]
	}
	base, fault := httpapi.ParseBase(raw)
	if _, err := url.Parse(base.URL); err != nil {
		fault = "names a host that cannot be"
	}
	if fault != "" {
		return place{}, placeFault(raw, source, fault)
	}
	if plain {
		base.URL = "http" + base.URL[len("https"):]
	}
	base.URL = strings.TrimRight(strings.TrimSuffix(base.URL, "/chat/completions"), "/")
	return place{Base: base, source: source}, nil
}

func placeFault(raw, source, fault string) error {
	e := &sdk.Error{Kind: sdk.KindConfiguration, Message: source + " " + fault, Remedy: "write it like http://127.0.0.1:11434 or https://example.com/v1"}
	if strings.HasPrefix(strings.ToLower(raw), "http://") && strings.Contains(fault, "plain http") {
		e.Remedy = "use https, or if you trust that network: jcode config set plugin.ollama.plain_http allow"
	}
	return e
}

// hostURL makes a URL of OLLAMA_HOST as Ollama's own programs read it: the scheme, the
// port and the host may be missing, and an address that a server listens on everywhere
// stands for this machine.
func hostURL(raw string) string {
	raw = strings.Trim(strings.TrimSpace(raw), `"'`)
	port := defaultPort
	scheme, rest, ok := strings.Cut(raw, "://")
	switch {
	case !ok:
		scheme, rest = "http", raw
	case scheme == "http":
		port = "80"
	case scheme == "https":
		port = "443"
	}
	rest, path, _ := strings.Cut(rest, "/")
	host, given, err := net.SplitHostPort(rest)
	if err != nil {
		host, given = strings.Trim(rest, "[]"), port
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = reachable(ip)
	}
	at := url.URL{Scheme: scheme, Host: net.JoinHostPort(host, given), Path: path}
	return at.String()
}

func reachable(ip net.IP) string {
	if ip != nil && ip.To4() == nil {
		return "::1"
	}
	return "127.0.0.1"
}
