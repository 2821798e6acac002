package claude

import (
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// origin is who owns a credential: only our own is ever renewed or written.
type origin int

const (
	fromVariable origin = iota
	fromOwnFile
	fromClaudeCode
	fromOpenCode
)

// The methods that AuthStatus shows.
const (
	methodKey   = "api_key"
	methodToken = "auth_token"
	methodOAuth = "oauth"
)

const (
	billedToKey     = "requests are billed to the API key's account"
	billedByGateway = "requests are billed by the gateway that the token is for"
	billedToPlan    = "requests draw on the plan's limits; Anthropic may bill those of other programs as extra usage"
)

// credential is a secret, where it came from, and how it goes on the wire.
type credential struct {
	// source is the variable or file that holds it.
	source  string
	origin  origin
	method  string
	billing string
	bearer  bool
	// oauth says that it is a token of a Claude login: the OAuth contract holds,
	// and it goes to the vendor only.
	oauth  bool
	secret sdk.Secret

	// refresh is set for our own logins only: nobody else's is ever spent.
	refresh sdk.Secret
	// expires is zero when unknown.
	expires       time.Time
	account, plan string
	scopes        []string
	slot          slot
	// refused says that the vendor refused to renew it.
	refused bool
	// exposed says who else may read the file that it is in; empty when nobody.
	exposed string
	// elsewhere says that its owner renews it by itself when it is used: Claude
	// Code's login, in the hands of Claude Code.
	elsewhere bool
}

func keyCredential(source string, from origin, secret string) credential {
	return credential{
		source: source, origin: from, method: methodKey, billing: billedToKey, secret: sdk.NewSecret(secret),
	}.typed()
}

func oauthCredential(source string, from origin, secret string) credential {
	return credential{
		source: source, origin: from, method: methodOAuth, billing: billedToPlan, bearer: true, oauth: true,
		secret: sdk.NewSecret(secret),
	}
}

// typed corrects what a credential is by its looks: a login's token in a variable
// for keys stays a login's token, and must not go to just any host.
func (c credential) typed() credential {
	if !c.oauth && strings.HasPrefix(c.secret.Reveal(), tokenPrefix) {
		c.method, c.billing, c.bearer, c.oauth = methodOAuth, billedToPlan, true, true
	}
	return c
}

// authorize puts the secret on a request. It goes nowhere else.
func (c credential) authorize(header http.Header) {
	if c.bearer {
		header.Set("Authorization", "Bearer "+c.secret.Reveal())
		return
	}
	header.Set("X-Api-Key", c.secret.Reveal())
}

// what names the credential in an error.
func (c credential) what() string {
	if c.origin == fromVariable {
		return c.source
	}
	return "the login in " + c.source
}

// renewable reports whether we may and can renew it.
func (c credential) renewable() bool {
	return c.origin == fromOwnFile && !c.refresh.IsZero() && !c.refused
}

// fault is why it cannot be used now; empty when it can.
func (c credential) fault(now time.Time) string {
	switch {
	case c.secret.IsZero():
		return "logged out: its tokens are empty"
	case c.origin != fromVariable && !httpapi.HeaderSafe(c.secret.Reveal()):
		return "holds characters that no token has"
	case oauth.Fresh(c.expires, now, 0) || c.elsewhere:
	case c.refused:
		return "expired, and the vendor refused to renew it"
	case !c.renewable():
		return "expired at " + c.expires.UTC().Format(time.RFC3339)
	}
	if c.oauth && len(c.scopes) > 0 && !slices.Contains(c.scopes, inferenceScope) {
		return "lacks the scope " + inferenceScope
	}
	return ""
}

// contractFor is what goes with a credential on the wire.
func contractFor(c credential, version string) contract {
	if c.oauth {
		return oauthContract
	}
	return keyContract(version)
}

// AccessToken is for the renewer.
func (c credential) AccessToken() sdk.Secret { return c.secret }

// RefreshToken is empty unless we may and can renew the login.
func (c credential) RefreshToken() sdk.Secret {
	if !c.renewable() {
		return sdk.Secret{}
	}
	return c.refresh
}

// Expiry is that of the access token.
func (c credential) Expiry() time.Time { return c.expires }
