package openaiauth

import (
	"fmt"
	"maps"
	"net/http"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// answer is what the token endpoint says instead of a token.
type answer struct {
	status     int
	code       string
	retryAfter string
	body       func(code string) []byte // nil is a web page against robots
}

// Where the vendor puts the code of an error.
func inObject(code string) []byte {
	return wire.Object("error", wire.Object("message", description(code), "type", "invalid_request_error", "param", nil, "code", code))
}

func inString(code string) []byte {
	return wire.Object("error", code, "error_description", description(code))
}

func atTop(code string) []byte { return wire.Object("code", code, "message", description(code)) }

func inDetail(code string) []byte { return wire.Object("detail", description(code)) }

func page(string) []byte { return []byte("<html><head><title>502 Bad Gateway</title></head></html>") }

func garbage(string) []byte { return []byte(`{"access_token":`) }

func description(code string) string {
	if text := descriptions[code]; text != "" {
		return text
	}
	return "the stand-in says " + code
}

var descriptions = map[string]string{
	"refresh_token_reused":      "Your refresh token has already been used to generate a new access token. Please try signing in again.",
	"refresh_token_expired":     "Your refresh token has expired. Please try signing in again.",
	"refresh_token_invalidated": "Your refresh token has been invalidated. Please try signing in again.",
	"token_exchange_user_error": "Invalid request. Please try again later.",
	"empty_string":              "Invalid 'refresh_token': empty string. Expected a string with minimum length 1, but got an empty string instead.",
}

var failures = map[string]answer{
	"refresh_token_reused":      {401, "refresh_token_reused", "", inObject},
	"refresh_token_expired":     {401, "refresh_token_expired", "", inObject},
	"refresh_token_invalidated": {400, "refresh_token_invalidated", "", atTop},
	"token_expired":             {401, "token_expired", "", inObject},
	"invalid_grant":             {400, "invalid_grant", "", inString},
	"unauthorized":              {401, "", "", inDetail},
	"forbidden":                 {403, "forbidden", "", inObject},
	"cloudflare":                {403, "", "", nil},
	"request_timeout":           {408, "request_timeout", "", inObject},
	"rate_limited":              {429, "rate_limit_exceeded", "1", inObject},
	"server_error":              {500, "server_error", "", inObject},
	"bad_gateway":               {502, "", "", page},
	"unavailable":               {503, "server_is_overloaded", "1", inObject},
	"garbage":                   {200, "", "", garbage},
	"cut":                       {0, "", "", nil},
}

// Failures are the names that a [Failure] may have. cut breaks the connection,
// garbage is a good status with a broken body, cloudflare a web page.
func Failures() []string { return slices.Sorted(maps.Keys(failures)) }

// Fail gives the next token requests a failure, after those already waiting.
func (s *Server) Fail(f Failure) error {
	if _, ok := failures[f.Name]; !ok {
		return fmt.Errorf("failure %q: want one of %q", f.Name, Failures())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Failures = append(s.options.Failures, f)
	return nil
}

// nextFailure takes the failure that is due, if any.
func (s *Server) nextFailure() (answer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.options.Failures) == 0 {
		return answer{}, false
	}
	f := &s.options.Failures[0]
	a := failures[f.Name]
	if f.Times >= 0 {
		if f.Times--; f.Times <= 0 {
			s.options.Failures = s.options.Failures[1:]
		}
	}
	return a, true
}

// send gives the answer. It breaks the connection for one without a status.
func (a answer) send(w http.ResponseWriter) {
	if a.status == 0 {
		panic(http.ErrAbortHandler) // the one way to break a connection in net/http
	}
	if a.body == nil {
		challenge(w)
		return
	}
	if a.retryAfter != "" {
		w.Header().Set("Retry-After", a.retryAfter)
	}
	body := a.body(a.code)
	media := "application/json"
	if body[0] == '<' {
		media = "text/html"
	}
	w.Header().Set("Content-Type", media)
	w.WriteHeader(a.status)
	_, _ = w.Write(body) // a client that left needs no answer
}

func challenge(w http.ResponseWriter) {
	responses.Challenge(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=UTF-8")
	w.WriteHeader(http.StatusForbidden)
	_, _ = w.Write([]byte(responses.ChallengePage)) // a client that left needs no page
}
