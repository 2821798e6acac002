package claude

import (
	"net/http"

	"github.com/jcode-go/jcode/sdk"
)

const apiVersion = "2023-06-01"

// contract is what goes with a kind of credential on the wire, as data. For an
// API key it is next to nothing.
type contract struct {
	query     string            // of the messages URL
	userAgent string            // of every request
	betas     []string          // anthropic-beta
	system    []string          // system blocks before the host's own
	tools     map[string]string // host's tool name to wire name
}

// keyContract is the documented use of the API.
func keyContract(version string) contract {
	return contract{userAgent: "jcode/" + version}
}

// credential is a secret, where it came from, and how it goes on the wire.
type credential struct {
	// source is the variable that holds it.
	source string
	// method is what AuthStatus shows: "api_key" or "auth_token".
	method  string
	billing string
	bearer  bool
	secret  sdk.Secret
}

// authorize puts the secret on a request. It goes nowhere else.
func (c credential) authorize(header http.Header) {
	if c.bearer {
		header.Set("Authorization", "Bearer "+c.secret.Reveal())
		return
	}
	header.Set("X-Api-Key", c.secret.Reveal())
}
