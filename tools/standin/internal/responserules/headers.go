package responserules

import (
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/check"
)

// MaxBody is the largest request body in bytes; a larger one is refused with
// TooLarge before it is parsed.
const MaxBody = 64 << 20

// TooLarge is the refusal of a body over MaxBody.
func TooLarge() *Refusal { return refuse(tooLarge, "") }

// UnknownPath is the refusal of a path the server does not have.
func UnknownPath(path string) *Refusal { return refuse(pathUnknown, "", path) }

// WrongMethod is the refusal of a known path asked with another method.
func WrongMethod() *Refusal { return refuse(methodUnknown, "") }

// Account is who a token belongs to, as far as a server knows.
type Account struct {
	ID      string
	Known   bool // the token is one of the server's
	Expired bool // it was, and is not valid any more
}

// CheckHeaders checks credentials and content negotiation. account is whose
// encrypted reasoning the request may bring back.
func (c *Checker) CheckHeaders(face Face, r *http.Request) (account string, refusal *Refusal) {
	token, refusal := bearer(r.Header)
	if refusal != nil {
		return "", refusal
	}
	if face == ChatGPT {
		account, refusal = c.checkToken(token, r)
	} else {
		account, refusal = c.checkKey(token)
	}
	if refusal != nil {
		return account, refusal
	}
	return account, check.FirstOf(
		func() *Refusal { return checkVersion(face, r) },
		func() *Refusal { return checkContentType(r) },
		func() *Refusal { return checkAccept(face, r) },
	)
}

func bearer(h http.Header) (string, *Refusal) {
	given := h.Get("Authorization")
	if given == "" {
		return "", refuse(authMissing, "")
	}
	scheme, token, _ := strings.Cut(given, " ")
	if !strings.EqualFold(scheme, "Bearer") || token == "" {
		return "", refuse(authScheme, "")
	}
	return token, nil
}

func (c *Checker) checkKey(token string) (string, *Refusal) {
	if c.Account != nil {
		if a := c.Account(token); a.Known || a.Expired {
			return "", refuse(authScope, "")
		}
	}
	if c.APIKey != "" && subtle.ConstantTimeCompare([]byte(token), []byte(c.APIKey)) == 0 {
		return "", refuse(authKey, "")
	}
	return "key " + c.Sealer.digest(token), nil
}

func (c *Checker) checkToken(token string, r *http.Request) (string, *Refusal) {
	id := r.Header.Get("Chatgpt-Account-Id")
	if c.Account != nil {
		switch a := c.Account(token); {
		case a.Expired:
			return "", refuse(authExpired, "")
		case !a.Known:
			return "", refuse(authInvalid, "")
		case id != "" && id != a.ID:
			return "", refuse(accountWrong, "")
		}
	}
	switch {
	case id == "":
		return "", refuse(accountMissing, "")
	case r.Header.Get("Originator") == "" && !strings.Contains(r.URL.Path, "/wham/"): // which wants none
		return id, refuse(originatorMissing, "")
	}
	return id, nil
}

// checkVersion: the list of models of the ChatGPT face depends on the version of
// the client.
func checkVersion(face Face, r *http.Request) *Refusal {
	if face == ChatGPT && strings.HasSuffix(r.URL.Path, "/models") && r.URL.Query().Get("client_version") == "" {
		return refuse(versionMissing, "client_version")
	}
	return nil
}

func checkContentType(r *http.Request) *Refusal {
	if !check.JSONBody(r) {
		return refuse(contentType, "", r.Header.Get("Content-Type"))
	}
	if encoding := r.Header.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return refuse(contentEncoding, "", encoding)
	}
	return nil
}

// checkAccept: a stream needs a client that says it takes one. The vendor's own
// SDK does not on the platform, and gets it.
func checkAccept(face Face, r *http.Request) *Refusal {
	given := strings.Join(r.Header.Values("Accept"), ",")
	ok := check.Acceptable(r.Header)
	if face == ChatGPT && r.Method == http.MethodPost {
		ok = slices.ContainsFunc(strings.Split(given, ","), func(s string) bool {
			media, _, _ := strings.Cut(strings.TrimSpace(s), ";")
			return media == "text/event-stream"
		})
	}
	if !ok {
		return refuse(accept, "", given)
	}
	return nil
}
