package httpapi

import (
	"fmt"
	"net"
	"net/url"
	"strings"
)

// Base is the address of an API as a user gave it.
type Base struct {
	// URL has no trailing slash.
	URL string
	// Host is with the port, Name without, in lower case.
	Host, Name string
}

// ParseBase reads a base URL: https, or plain http to this machine only, since a
// key would cross the network in the clear. fault says what is wrong, in words
// that follow the name of a variable and repeat nothing of the value, which may
// hold a password; it is empty when the base is good.
func ParseBase(raw string) (base Base, fault string) {
	u, err := url.Parse(strings.TrimSpace(raw))
	if err != nil {
		return Base{}, "is not a URL"
	}
	if fault := baseFault(u); fault != "" {
		return Base{}, fault
	}
	path := strings.TrimRight(u.EscapedPath(), "/")
	return Base{URL: u.Scheme + "://" + u.Host + path, Host: u.Host, Name: strings.ToLower(u.Hostname())}, ""
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
	case u.Scheme == "http" && Loopback(u.Hostname()):
		return ""
	case u.Scheme == "http":
		return "is plain http to another machine, which would show the key to the network"
	}
	return fmt.Sprintf("has the scheme %q", u.Scheme)
}

// Loopback reports whether a host name or address is this machine's own.
func Loopback(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
