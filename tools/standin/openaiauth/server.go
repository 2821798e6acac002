package openaiauth

import (
	"fmt"
	"net/http"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
	"github.com/jcode-go/jcode/tools/standin/responses"
)

// Request is one token request as it was received, without secrets.
type Request = authority.Request

// Server is the stand-in. It is an http.Handler for the paths of a login, and safe
// for concurrent use.
type Server struct {
	ledger authority.Ledger
	mux    *http.ServeMux

	mu       sync.Mutex
	options  Options
	accounts map[string]string  // by family
	devices  map[string]*device // by device_auth_id
	revoked  int
}

// New returns a server without any login. It fails only on an unknown failure.
func New(options Options) (*Server, error) {
	options.fill()
	for _, f := range options.Failures {
		if _, ok := failures[f.Name]; !ok {
			return nil, fmt.Errorf("failure %q: want one of %q", f.Name, Failures())
		}
	}
	s := &Server{options: options, accounts: map[string]string{}, devices: map[string]*device{}, mux: http.NewServeMux()}
	s.mux.HandleFunc("GET /oauth/authorize", s.authorize)
	s.mux.HandleFunc("POST /oauth/token", s.token)
	s.mux.HandleFunc("POST /oauth/revoke", s.revoke)
	s.mux.HandleFunc("POST /api/accounts/deviceauth/usercode", s.userCode)
	s.mux.HandleFunc("POST /api/accounts/deviceauth/token", s.deviceToken)
	s.mux.HandleFunc("GET /codex/device", s.devicePage)
	s.inspection()
	return s, nil
}

// With serves the login on its own paths and api on all others.
func (s *Server) With(api http.Handler) http.Handler {
	mux := http.NewServeMux()
	for _, path := range []string{"/oauth/", "/api/accounts/", "/codex/", InspectionPrefix} {
		mux.Handle(path, s)
	}
	mux.Handle("/", api)
	return mux
}

// ServeHTTP serves the paths of a login. Programs that do not say who they are get
// the page against robots, as at the vendor.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if robot(r.UserAgent()) && !strings.HasPrefix(r.URL.Path, InspectionPrefix) && r.URL.Path != "/oauth/authorize" {
		s.ledger.Keep(Request{UserAgent: r.UserAgent(), ContentType: r.Header.Get("Content-Type"), Status: http.StatusForbidden})
		challenge(w)
		return
	}
	s.mux.ServeHTTP(w, r)
}

func robot(agent string) bool {
	for _, library := range []string{"Go-http-client/", "python-requests/", "Python-urllib/", "axios/"} {
		if strings.HasPrefix(agent, library) {
			return true
		}
	}
	return false
}

// Account tells whose an access token is, for [responses.Options].
func (s *Server) Account(token string) responses.Account {
	known, alive := s.ledger.Known(token)
	return responses.Account{ID: AccountOf(token), Known: alive, Expired: known && !alive}
}

// Valid reports whether an access token is one of ours and alive.
func (s *Server) Valid(access string) bool { return s.ledger.Valid(access) }

// Revoke makes an access or refresh token invalid before its time.
func (s *Server) Revoke(token string) { s.ledger.Revoke(token) }

// Requests returns the token requests so far, in order.
func (s *Server) Requests() []Request { return s.ledger.Requests() }

// Secrets returns every code, verifier and token that was handed out or received:
// none may show up in any output.
func (s *Server) Secrets() []string { return s.ledger.Secrets() }

// Revocations counts the tokens that clients gave back.
func (s *Server) Revocations() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.revoked
}
