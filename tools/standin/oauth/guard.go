package oauth

import (
	"io"
	"net/http"
	"strings"
	"time"
)

// Issue makes a login as if somebody had logged in.
func (s *Server) Issue() (access, refresh string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	pair := s.issue("family-"+token(""), "user:inference")
	return pair["access_token"], pair["refresh_token"]
}

// Revoke makes an access token invalid before its time.
func (s *Server) Revoke(access string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.access, access)
}

// Requests returns the token requests so far, in order.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.requests...)
}

// Secrets returns every code and token that was handed out: none may show up in
// any output.
func (s *Server) Secrets() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.secrets...)
}

// Valid reports whether an access token is one of ours and alive.
func (s *Server) Valid(access string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	expires, ok := s.access[access]
	return ok && time.Now().Before(expires)
}

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
