package oauth

import (
	"encoding/json"
	"html"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

// Options are for [New]. The zero value is good.
type Options struct {
	// Lifetime of access tokens; 0 is eight hours.
	Lifetime time.Duration
	// Scope is what tokens are granted; empty is what was asked for.
	Scope string
	// Before is called with each token request before anything is used up. It may
	// block, or answer by itself, which it says by returning true.
	Before func(w http.ResponseWriter, r *http.Request, grant string) (answered bool)
}

// Request is one token request as it was received, without secrets.
type Request = authority.Request

// Server is the stand-in. It is an http.Handler for the three paths of a login,
// and safe for concurrent use.
type Server struct {
	options Options
	ledger  authority.Ledger
}

// New returns a server without any login.
func New(options Options) *Server {
	if options.Lifetime == 0 {
		options.Lifetime = 8 * time.Hour
	}
	return &Server{options: options}
}

// ServeHTTP serves /oauth/authorize, /oauth/code/callback and /v1/oauth/token.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/oauth/authorize":
		s.authorize(w, r)
	case "/oauth/code/callback":
		w.Header().Set("Content-Type", "text/html")
		_, _ = io.WriteString(w, "<p id=code>"+html.EscapeString(r.URL.Query().Get("code")+"#"+r.URL.Query().Get("state"))+"</p>")
	case "/v1/oauth/token":
		s.token(w, r)
	default:
		http.NotFound(w, r)
	}
}

// authorize agrees at once and sends the browser back.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("code") != "true" || q.Get("response_type") != "code" || q.Get("client_id") == "" ||
		q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" || q.Get("state") == "" {
		http.Error(w, "this is no authorization request", http.StatusForbidden)
		return
	}
	value := s.ledger.NewCode("code-", authority.Code{
		Challenge: q.Get("code_challenge"), Redirect: q.Get("redirect_uri"), State: q.Get("state"), Scope: q.Get("scope"),
	})
	query := back.Query()
	query.Set("code", value)
	query.Set("state", q.Get("state"))
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// grant is the body of a token request.
type grant struct {
	Type     string `json:"grant_type"`
	Code     string `json:"code"`
	Redirect string `json:"redirect_uri"`
	Client   string `json:"client_id"`
	Verifier string `json:"code_verifier"`
	State    string `json:"state"`
	Refresh  string `json:"refresh_token"`
	Scope    string `json:"scope"`
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	var g grant
	record := Request{UserAgent: r.UserAgent(), ContentType: r.Header.Get("Content-Type")}
	err := json.NewDecoder(io.LimitReader(r.Body, 1<<20)).Decode(&g)
	record.Grant, record.Scope = g.Type, g.Scope
	if s.options.Before != nil && s.options.Before(w, r, g.Type) {
		s.ledger.Keep(record)
		return
	}
	status, body := http.StatusBadRequest, failure("invalid_request")
	if err == nil && g.Client != "" {
		status, body = s.answer(g)
	}
	record.Status, record.Code = status, body["error_code"]
	delete(body, "error_code")
	s.ledger.Keep(record)
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(wire(body))
}

func failure(name string) map[string]string {
	return map[string]string{"error": name, "error_code": name, "error_description": "the stand-in says " + name}
}

// wire turns the one number that an answer holds back into a number.
func wire(body map[string]string) map[string]any {
	out := make(map[string]any, len(body))
	for name, value := range body {
		out[name] = value
		if name == "expires_in" {
			out[name] = json.Number(value)
		}
		if name == "email" {
			delete(out, name)
			out["account"] = map[string]string{"email_address": value}
		}
	}
	return out
}

func (s *Server) answer(g grant) (int, map[string]string) {
	switch g.Type {
	case "authorization_code":
		c, ok := s.ledger.Redeem(g.Code, g.Verifier, g.Redirect, g.State)
		if !ok {
			return http.StatusBadRequest, failure("invalid_grant")
		}
		return http.StatusOK, s.issue("family-"+g.Code, c.Scope)
	case "refresh_token":
		family, outcome := s.ledger.Rotate(g.Refresh, true)
		if outcome != authority.Rotated {
			return http.StatusBadRequest, failure("invalid_grant")
		}
		return http.StatusOK, s.issue(family, g.Scope)
	}
	return http.StatusBadRequest, failure("unsupported_grant_type")
}

// issue makes a pair of tokens.
func (s *Server) issue(family, scope string) map[string]string {
	access, refresh := authority.Token("sk-ant-oat01-"), authority.Token("sk-ant-ort01-")
	s.ledger.Grant(access, refresh, family, s.options.Lifetime)
	if s.options.Scope != "" {
		scope = s.options.Scope
	}
	return map[string]string{
		"token_type": "Bearer", "access_token": access, "refresh_token": refresh,
		"expires_in": strconv.FormatInt(int64(s.options.Lifetime/time.Second), 10),
		"scope":      scope, "email": "someone@example.com",
	}
}
