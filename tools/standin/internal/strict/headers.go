package strict

import (
	"crypto/subtle"
	"net/http"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
)

// MaxBody is the largest request body in bytes; a larger one is refused with
// TooLarge before it is parsed.
const MaxBody = 32 << 20

// APIVersion is the one value of the anthropic-version header that is accepted.
const APIVersion = "2023-06-01"

// TooLarge is the refusal of a body over MaxBody.
func TooLarge() *Refusal { return refuse(tooLarge) }

// UnknownPath is the refusal of a path the server does not have.
func UnknownPath(path string) *Refusal { return refuse(pathUnknown, path) }

// WrongMethod is the refusal of a known path asked with another method.
func WrongMethod() *Refusal { return refuse(methodUnknown) }

// CheckHeaders checks credentials, version and content negotiation.
func (c *Checker) CheckHeaders(r *http.Request) *Refusal {
	return check.FirstOf(
		func() *Refusal { return c.checkAuth(r.Header) },
		func() *Refusal { return checkVersion(r.Header) },
		func() *Refusal { return checkContentType(r) },
		func() *Refusal { return checkAccept(r.Header) },
	)
}

func (c *Checker) checkAuth(h http.Header) *Refusal {
	key, bearer := h.Get("X-Api-Key"), h.Get("Authorization")
	switch {
	case key == "" && bearer == "":
		return refuse(authMissing)
	case key != "" && bearer != "":
		return refuse(authBoth)
	case key != "":
		return c.match(key, authKey)
	}
	scheme, token, _ := strings.Cut(bearer, " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return refuse(authScheme)
	}
	return c.match(token, authBearer)
}

func (c *Checker) match(got string, id ruleID) *Refusal {
	if got == "" || c.APIKey != "" && subtle.ConstantTimeCompare([]byte(got), []byte(c.APIKey)) == 0 {
		return refuse(id)
	}
	return nil
}

func checkVersion(h http.Header) *Refusal {
	switch v := h.Get("Anthropic-Version"); v {
	case APIVersion:
		return nil
	case "":
		return refuse(versionMissing)
	default:
		return refuse(versionUnknown, v)
	}
}

func checkContentType(r *http.Request) *Refusal {
	if !check.JSONBody(r) {
		return refuse(contentType, r.Header.Get("Content-Type"))
	}
	return nil
}

func checkAccept(h http.Header) *Refusal {
	if !check.Acceptable(h) {
		return refuse(accept, strings.Join(h.Values("Accept"), ","))
	}
	return nil
}
