package oauth

import (
	"crypto/subtle"
	"errors"
	"net/url"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// maxAnswer is the longest answer that is looked at, in bytes.
const maxAnswer = 16 << 10

// Answer is what the authorization page gave: through the browser or pasted.
type Answer struct {
	Code sdk.Secret
	// State is empty when the answer had none.
	State string
	// Redirect is the address that the answer came to, without query and
	// fragment; empty when it was pasted without one.
	Redirect string
}

var (
	errNoURL = errors.New("not a URL")

	// ErrNoCode says that a pasted text holds no authorization code.
	ErrNoCode = errors.New("this is no authorization code")
	// ErrState says that an answer belongs to another login than this one.
	ErrState = errors.New("this answer belongs to another login")
)

// DeniedError is the authorization page's refusal: error= in its answer.
type DeniedError struct {
	// Code is OAuth's word, "access_denied" for example.
	Code string
	// Description is the page's own explanation; may be empty.
	Description string
}

// Error is the server's own code and words.
func (e *DeniedError) Error() string {
	if e.Description == "" {
		return "the login was refused: " + e.Code
	}
	return "the login was refused: " + e.Code + ": " + e.Description
}

// ParseAnswer reads what people paste: CODE, CODE#STATE, the whole address that
// the browser ended at, or its query. Line breaks and spaces that a terminal put
// into it do not count. The error is [ErrNoCode] or a *[DeniedError].
func ParseAnswer(text string) (Answer, error) {
	if len(text) > maxAnswer {
		return Answer{}, ErrNoCode
	}
	text = strings.Trim(strings.Join(strings.Fields(text), ""), `"'<>`)
	if before, query, ok := strings.Cut(text, "?"); ok {
		answer, err := parseQuery(query)
		answer.Redirect = before
		return answer, err
	}
	if strings.Contains(text, "=") && (strings.HasPrefix(text, "code=") || strings.HasPrefix(text, "state=") ||
		strings.HasPrefix(text, "error=") || strings.Contains(text, "&")) {
		return parseQuery(text)
	}
	code, state, _ := strings.Cut(text, "#")
	return answerOf(code, state)
}

// parseQuery takes the fragment for parameters too, or, as one page does it, for
// the state.
func parseQuery(query string) (Answer, error) {
	query, fragment, _ := strings.Cut(query, "#")
	values, err := url.ParseQuery(query)
	if err != nil {
		return Answer{}, ErrNoCode
	}
	if strings.Contains(fragment, "=") {
		if more, err := url.ParseQuery(fragment); err == nil {
			for name, value := range more {
				values[name] = append(values[name], value...)
			}
		}
	}
	if code := values.Get("error"); code != "" {
		return Answer{State: values.Get("state")}, &DeniedError{
			Code: excerpt(code), Description: excerpt(values.Get("error_description")),
		}
	}
	code, state, _ := strings.Cut(values.Get("code"), "#")
	if given := values.Get("state"); given != "" {
		state = given
	}
	if state == "" && !strings.Contains(fragment, "=") {
		state = fragment
	}
	return answerOf(code, state)
}

func answerOf(code, state string) (Answer, error) {
	if code == "" || !printable(code) || !printable(state) {
		return Answer{}, ErrNoCode
	}
	return Answer{Code: sdk.NewSecret(code), State: state}, nil
}

// printable keeps out what no code has: a wrong paste, or an attempt to break out
// of a form.
func printable(text string) bool {
	for i := range len(text) {
		if text[i] <= ' ' || text[i] >= 0x7f || strings.IndexByte("\"<>\\^`{|}", text[i]) >= 0 {
			return false
		}
	}
	return true
}

// CheckState compares the answer's state in constant time. An answer without one
// passes: people paste half of what the page shows, and the exchange sends ours.
func (a Answer) CheckState(state string) error {
	if a.State == "" || sameText(a.State, state) {
		return nil
	}
	return ErrState
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// excerpt is the beginning of a foreign text, in one line.
func excerpt(text string) string {
	const limit = 200
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	runes := []rune(text)
	if len(runes) > limit {
		return string(runes[:limit]) + "…"
	}
	return text
}
