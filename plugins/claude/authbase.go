package claude

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// authPlace is where logging in and renewing happens.
type authPlace struct {
	authorize, token, codePage string
	// custom says that the user pointed it elsewhere.
	custom bool
}

// authBase reads JCODE_CLAUDE_AUTH_URL, one base for all three; empty is the
// vendor's current addresses. Codes and refresh tokens go nowhere but to the
// vendor and this machine.
func authBase(raw string) (authPlace, error) {
	raw = strings.TrimRight(strings.TrimSpace(raw), "/")
	if raw == "" {
		return authPlace{authorize: authorizeURL, token: tokenURL, codePage: codePageURL}, nil
	}
	base, fault := httpapi.ParseBase(raw)
	if fault == "" && !ownHost(base.Name, authHosts) {
		fault = "names neither the vendor's host nor this machine, and a login goes nowhere else"
	}
	if fault != "" {
		return authPlace{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Message: authVariable + " " + fault, Remedy: "unset " + authVariable,
		}
	}
	return authPlace{
		authorize: raw + "/oauth/authorize", token: raw + "/v1/oauth/token", codePage: raw + "/oauth/code/callback",
		custom: true,
	}, nil
}

func ownHost(host string, hosts []string) bool {
	return httpapi.Loopback(host) || slices.Contains(hosts, strings.ToLower(host))
}

// admits refuses to send a login's token to any host but the vendor's own and
// this machine. An API key goes where the user points it.
func (e endpoint) admits(c credential) error {
	if !c.oauth || ownHost(e.name, tokenHosts) {
		return nil
	}
	return &sdk.Error{
		Kind:    sdk.KindConfiguration,
		Message: baseVariable + " points to " + e.host + "; a Claude login is sent to Anthropic's own host only",
		Remedy:  "unset " + baseVariable + ", or set " + keyVariable + " or " + tokenVariable + " for that host",
	}
}
