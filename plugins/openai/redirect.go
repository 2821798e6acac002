package openai

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const (
	defaultRedirect = "http://localhost:9876/callback"
	// registeredRedirect is one that the vendor's page is known to accept; the second
	// is the only other port of its kind.
	registeredRedirect = "http://localhost:1455/auth/callback"
	secondRedirect     = "http://localhost:1457/auth/callback"
)

// redirect is where the browser comes back to: an address of this machine that the
// vendor must have registered to the letter.
type redirect struct {
	text, host, path string
	port             int
}

// parseRedirect reads JCODE_OPENAI_REDIRECT_URI; listen address and path follow it.
func parseRedirect(raw string) (redirect, error) {
	text := firstOf(raw, defaultRedirect)
	u, err := url.Parse(text)
	fault := ""
	switch {
	case err != nil:
		fault = "is not a URL"
	case u.Scheme != "http" || !httpapi.Loopback(u.Hostname()):
		fault = "must be an http address of this machine, such as " + registeredRedirect
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		fault = "has more than host, port and path"
	}
	port := 0
	if fault == "" {
		if port, err = strconv.Atoi(u.Port()); err != nil || port < 1 || port > 65535 {
			fault = "names no port from 1 to 65535"
		}
	}
	if fault != "" {
		return redirect{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: redirectVariable + " " + fault, Remedy: "unset " + redirectVariable,
		}
	}
	path := u.EscapedPath()
	if path == "" {
		path = "/"
	}
	return redirect{text: text, host: u.Hostname(), path: path, port: port}, nil
}

// registered reports whether the vendor is known to accept it.
func (r redirect) registered() bool {
	return slices.Contains([]string{registeredRedirect, secondRedirect}, r.text)
}

// listen opens the port of a redirect, or of the other registered one when that is
// taken. It returns the one that was opened; without any, err says why.
func (r redirect) listen(ctx context.Context, state string) (*oauth.Callback, redirect, error) {
	callback, err := oauth.Listen(ctx, oauth.ListenOptions{Host: r.host, Port: r.port, Path: r.path, State: state})
	if err == nil || r.text != registeredRedirect {
		return callback, r, err
	}
	second, _ := parseRedirect(secondRedirect) // it is a constant
	callback, otherErr := oauth.Listen(ctx, oauth.ListenOptions{Host: second.host, Port: second.port, Path: second.path, State: state})
	if otherErr != nil {
		return nil, r, err
	}
	return callback, second, nil
}

// trouble says why the browser cannot come back, and what to do: nothing else frees
// a port but its owner.
func (r redirect) trouble(err error) string {
	var busy *oauth.PortBusyError
	var excluded *oauth.PortExcludedError
	switch {
	case errors.As(err, &busy):
		return fmt.Sprintf("Port %d must be free for the login and another program has it. End that program, or paste the address that the browser ends at.", busy.Port)
	case errors.As(err, &excluded):
		return fmt.Sprintf("The system keeps port %d from programs like this one (on Windows: netsh interface ipv4 show excludedportrange tcp), "+
			"although nobody need be using it. Set %s to another registered address, or paste the address that the browser ends at.", excluded.Port, redirectVariable)
	}
	return fmt.Sprintf("Nothing can listen on port %d (%v). Paste the address that the browser ends at.", r.port, err)
}

// hint is for a page that refuses the redirect before anybody can log in: nothing
// of that comes back here.
func (r redirect) hint() string {
	if r.registered() {
		return ""
	}
	return "If the page shows an error (such as authorize_hydra_invalid_request) instead of a login, it does not accept " + r.text +
		". Then stop here and run:\n\n  " + redirectVariable + "=" + registeredRedirect + " " + loginRemedy +
		"\n\nor: " + loginRemedy + " --method " + methodDevice
}
