package oauth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/url"

	"github.com/jcode-go/jcode/sdk"
)

// PKCE is a verifier, which stays here until the exchange, and its challenge,
// which goes into the authorize URL (RFC 7636, method S256).
type PKCE struct {
	Verifier  sdk.Secret
	Challenge string
}

// NewPKCE makes a fresh pair from 32 random bytes.
func NewPKCE() PKCE {
	verifier := random()
	sum := sha256.Sum256([]byte(verifier))
	return PKCE{Verifier: sdk.NewSecret(verifier), Challenge: base64.RawURLEncoding.EncodeToString(sum[:])}
}

// NewState makes a fresh state of 32 random bytes. It has nothing to do with the
// verifier: the state is in the browser's history, the verifier must not be.
func NewState() string { return random() }

func random() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails, see its documentation
	return base64.RawURLEncoding.EncodeToString(b)
}

// AuthorizeURL returns base with the parameters that every authorization request
// has, and more. base must be a valid URL; its own query stays.
func AuthorizeURL(base string, p Authorization) (string, error) {
	u, err := url.Parse(base)
	if err != nil {
		return "", &url.Error{Op: "parse", URL: "authorize URL", Err: errNoURL}
	}
	query := u.Query()
	for name, value := range p.More {
		query.Set(name, value)
	}
	for name, value := range map[string]string{
		"response_type": "code", "client_id": p.ClientID, "redirect_uri": p.Redirect,
		"scope": p.Scope, "code_challenge": p.Challenge, "code_challenge_method": "S256", "state": p.State,
	} {
		query.Set(name, value)
	}
	u.RawQuery = query.Encode()
	return u.String(), nil
}

// Authorization is what an authorize URL asks for.
type Authorization struct {
	ClientID, Redirect, Scope, Challenge, State string
	// More are the vendor's own parameters; may be nil.
	More map[string]string
}
