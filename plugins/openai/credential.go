package openai

import (
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// The methods that AuthStatus shows.
const (
	methodKey   = "api_key"
	methodOAuth = "oauth"
)

// unreadLifetime is how long a token serves whose end cannot be read, since it was
// last renewed; Codex's own rule.
const unreadLifetime = 8 * 24 * time.Hour

// credential is a secret, where it came from, and what goes with it.
type credential struct {
	// source is the variable or file that holds it.
	source string
	// variable says that it came from the environment.
	variable bool
	mode     mode
	// oauth says that the secret is a token of a ChatGPT login: it goes to the
	// vendor only.
	oauth  bool
	secret sdk.Secret

	refresh, id sdk.Secret
	// expires is zero when unknown. guessed says that it is no more than a rule
	// about age, so that the token may well outlive it.
	expires time.Time
	guessed bool

	account, plan string
	accountID     string
	fedRAMP       bool
	// refused says that the vendor refused to renew it.
	refused bool
}

// AccessToken, RefreshToken and Expiry are for the renewer.
func (c credential) AccessToken() sdk.Secret { return c.secret }

// RefreshToken is empty where the login cannot be renewed.
func (c credential) RefreshToken() sdk.Secret { return c.refresh }

// Expiry is that of the access token.
func (c credential) Expiry() time.Time { return c.expires }

func keyCredential(source, secret string) credential {
	c := credential{source: source, mode: modeKey, secret: sdk.NewSecret(secret)}
	if token, ok := parseClaims(secret); ok && (strings.Contains(string(token.Issuer), authHost) || token.Auth.AccountID != "") {
		c.oauth = true // somebody put a login's token where keys go
	}
	return c
}

// loginCredential makes one of the tokens of a login. A refresh token or an id
// token means a ChatGPT subscription; a lone access token is used as a key would be.
func loginCredential(source string, access, refresh, id sdk.Secret) credential {
	c := credential{source: source, oauth: true, secret: access, refresh: refresh, id: id}
	if !refresh.IsZero() || !id.IsZero() {
		c.mode = modeChatGPT
	}
	fromID, _ := parseClaims(id.Reveal())
	fromAccess, _ := parseClaims(access.Reveal())
	c.expires = fromAccess.expiry()
	c.account = httpapi.Excerpt(firstOf(fromID.email(), fromAccess.email()))
	c.plan = httpapi.Excerpt(planOf(firstOf(string(fromID.Auth.Plan), string(fromAccess.Auth.Plan))))
	c.accountID = firstOf(string(fromID.Auth.AccountID), string(fromAccess.Auth.AccountID))
	c.fedRAMP = fromID.Auth.FedRAMP || fromAccess.Auth.FedRAMP
	return c
}

func (c credential) method() string {
	if c.oauth {
		return methodOAuth
	}
	return methodKey
}

// what names the credential in an error.
func (c credential) what() string {
	switch {
	case c.variable:
		return c.source
	case c.oauth:
		return "the login in " + c.source
	}
	return "the key in " + c.source
}

// fault is why it cannot be used now; empty when it can.
func (c credential) fault(now time.Time) string {
	switch {
	case c.secret.IsZero():
		return "logged out: its tokens are empty"
	case !httpapi.HeaderSafe(c.secret.Reveal()):
		return "holds characters that no key has"
	case c.accountID != "" && !httpapi.HeaderSafe(c.accountID):
		return "names an account with characters that none has"
	case c.guessed || oauth.Fresh(c.expires, now, 0):
		return ""
	case c.refused:
		return "expired, and the vendor refused to renew it"
	case c.refresh.IsZero():
		return "expired at " + c.expires.UTC().Format(time.RFC3339)
	}
	return ""
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}
