package oauth

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk/httpapi"
)

// RefusedError is the token endpoint's own refusal.
type RefusedError struct {
	Status int
	// Code is OAuth's word, "invalid_grant" for example, or the vendor's type.
	Code string
	// Description is the vendor's explanation; may be empty.
	Description string
	// RetryAfter is how long the vendor wants to be left alone; 0 is unsaid.
	RetryAfter time.Duration
}

// Error is the status with the server's own code and words.
func (e *RefusedError) Error() string {
	text := fmt.Sprintf("the token endpoint refused (HTTP %d", e.Status)
	if e.Code != "" {
		text += ", " + e.Code
	}
	text += ")"
	if e.Description != "" {
		text += ": " + e.Description
	}
	return text
}

// Final reports whether the same refresh token or code will never be accepted.
// Overload and limits are not final.
func (e *RefusedError) Final() bool {
	switch strings.ToLower(e.Code) {
	case "invalid_grant", "invalid_client", "unauthorized_client", "refresh_token_reused",
		"refresh_token_expired", "refresh_token_invalidated", "token_expired":
		return true
	}
	return e.Status == http.StatusUnauthorized
}

// BlockedError says that something on the way answered in place of the token
// endpoint: a filter, a proxy, the login page of a network. It says nothing about
// the credentials.
type BlockedError struct {
	Host   string
	Status int
	// Sign is what gave it away: "a Cloudflare page", "a web page".
	Sign string
}

// Error says what the page looked like.
func (e *BlockedError) Error() string {
	return fmt.Sprintf("the network blocks %s: %s came instead of its answer (HTTP %d)", e.Host, e.Sign, e.Status)
}

// NetworkError says that no answer came.
type NetworkError struct {
	Host string
	// Sent is false when the request certainly did not get there, so that what
	// it held is unused.
	Sent bool
	Err  error
}

// Error names the host and the cause.
func (e *NetworkError) Error() string { return "no answer from " + e.Host + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *NetworkError) Unwrap() error { return e.Err }

// wasSent is false for a connection that never came to be.
func wasSent(err error) bool {
	var op *net.OpError
	return !errors.As(err, &op) || op.Op != "dial"
}

// refusal reads an error body in the forms that are met: OAuth's own, the same
// with the error as an object, and a page.
// What was sent is cut out of it, should the vendor repeat it.
func refusal(response *http.Response, body []byte, sent Parameters) error {
	var wire struct {
		Error       json.RawMessage `json:"error"`
		Description string          `json:"error_description"`
		Message     string          `json:"message"`
		Code        string          `json:"code"`
	}
	if json.Unmarshal(body, &wire) != nil {
		return blocked(response, body)
	}
	out := &RefusedError{
		Status: response.StatusCode, Description: sent.cutOut(wire.Description),
		RetryAfter: httpapi.RetryAfter(response.Header, time.Now()),
	}
	var object struct {
		Type, Code, Message string
	}
	if json.Unmarshal(wire.Error, &out.Code) != nil && json.Unmarshal(wire.Error, &object) == nil {
		out.Code = object.Type
		if object.Code != "" {
			out.Code = object.Code
		}
		out.Description = sent.cutOut(object.Message)
	}
	if out.Code == "" {
		out.Code = wire.Code
	}
	out.Code = sent.cutOut(out.Code)
	if out.Description == "" {
		out.Description = sent.cutOut(wire.Message)
	}
	return out
}

// public are the parameters whose values are words of the protocol, or known to
// everybody: "refresh_token" is a grant type, and the beginning of the very codes
// that refusals are told apart by.
var public = map[string]bool{
	"grant_type": true, "client_id": true, "redirect_uri": true, "scope": true, "expires_in": true,
}

// cutOut is an excerpt of a text without any of the secret values.
func (p Parameters) cutOut(text string) string {
	const short = 12 // a word that may stand in any text
	for name, value := range p {
		if secret := value.Reveal(); len(secret) >= short && !public[name] {
			text = strings.ReplaceAll(text, secret, value.String())
		}
	}
	return excerpt(text)
}

func blocked(response *http.Response, body []byte) error {
	text := strings.ToLower(string(body[:min(len(body), 64<<10)]))
	sign := "a text that is no JSON"
	switch {
	case response.StatusCode >= 300 && response.StatusCode < 400:
		sign = "a redirect"
	case strings.Contains(text, "cloudflare") || strings.Contains(text, "just a moment"):
		sign = "a Cloudflare page"
	case isHTML(response) || strings.Contains(text, "<html"):
		sign = "a web page"
	case len(body) == 0:
		sign = "an empty body"
	}
	// Without a page the endpoint itself may have answered, only not in JSON; and
	// when it is down, whatever stands before it does. Only a challenge is a block.
	refused := &RefusedError{Status: response.StatusCode, RetryAfter: httpapi.RetryAfter(response.Header, time.Now())}
	switch {
	case sign == "an empty body" && response.StatusCode >= http.StatusBadRequest:
		return refused
	case response.StatusCode >= http.StatusInternalServerError && !strings.Contains(text, "just a moment"):
		refused.Description = sign + " came"
		return refused
	}
	return &BlockedError{Host: response.Request.URL.Host, Status: response.StatusCode, Sign: sign}
}

// innermost is the cause without the layers around it, some of which repeat the
// URL.
func innermost(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
