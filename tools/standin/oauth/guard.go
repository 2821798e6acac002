package oauth

import (
	"io"
	"net/http"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

// Issue makes a login as if somebody had logged in.
func (s *Server) Issue() (access, refresh string) {
	pair := s.issue(authority.Token("family-"), "user:inference")
	return pair["access_token"], pair["refresh_token"]
}

// Revoke makes an access token invalid before its time.
func (s *Server) Revoke(access string) { s.ledger.Revoke(access) }

// Requests returns the token requests so far, in order.
func (s *Server) Requests() []Request { return s.ledger.Requests() }

// Secrets returns every code and token that was handed out: none may show up in
// any output.
func (s *Server) Secrets() []string { return s.ledger.Secrets() }

// Valid reports whether an access token is one of ours and alive.
func (s *Server) Valid(access string) bool { return s.ledger.Valid(access) }

// Guard lets requests with a valid access token through to next and
// refuses the others as the vendor does.
func (s *Server) Guard(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		access, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
		if bearer && s.Valid(access) {
			next.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("Request-Id", "req_guard")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = io.WriteString(w, `{"type":"error","error":{"type":"authentication_error","message":"OAuth token has expired"}}`)
	})
}
