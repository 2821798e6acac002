package openaiauth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// revoke takes a token back, as form or JSON, and is content with any.
func (s *Server) revoke(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(io.LimitReader(r.Body, maxForm)) // what cannot be read names no token
	var named struct {
		Token string `json:"token"`
	}
	if json.Unmarshal(body, &named) != nil {
		form, err := url.ParseQuery(string(body))
		if err == nil {
			named.Token = form.Get("token")
		}
	}
	if named.Token == "" {
		answer{400, "invalid_request", "", inObject}.send(w)
		return
	}
	s.ledger.Revoke(named.Token)
	s.mu.Lock()
	s.revoked++
	s.mu.Unlock()
	sendJSON(w, struct{}{})
}

// InspectionPrefix begins the paths that shell tests use.
const InspectionPrefix = "/_standin/auth/"

// inspection serves what tests in the same process have as methods.
func (s *Server) inspection() {
	s.mux.HandleFunc("GET "+InspectionPrefix+"requests", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, s.Requests()) })
	s.mux.HandleFunc("GET "+InspectionPrefix+"secrets", func(w http.ResponseWriter, _ *http.Request) { sendJSON(w, s.Secrets()) })
	s.mux.HandleFunc("POST "+InspectionPrefix+"issue", s.serveIssue)
	s.mux.HandleFunc("POST "+InspectionPrefix+"fail", s.serveFail)
	s.mux.HandleFunc("POST "+InspectionPrefix+"revoke", s.revoke)
}

// serveIssue makes a login and answers with an auth.json: expires_in in seconds,
// negative for one that has run out, and form codex or bare.
func (s *Server) serveIssue(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	lifetime := s.lifetime()
	if text := q.Get("expires_in"); text != "" {
		seconds, err := strconv.Atoi(text)
		if err != nil {
			http.Error(w, "expires_in: want seconds", http.StatusBadRequest)
			return
		}
		lifetime = time.Duration(seconds) * time.Second
	}
	account := q.Get("account")
	if account == "" {
		account = s.options.Account
	}
	tokens := s.IssueFor(account, lifetime)
	w.Header().Set("Content-Type", "application/json")
	if strings.EqualFold(q.Get("form"), "bare") {
		_, _ = w.Write(tokens.BareFile(time.Now().Add(lifetime))) // a client that left needs no file
		return
	}
	_, _ = w.Write(tokens.CodexFile(time.Now())) // a client that left needs no file
}

func (s *Server) serveFail(w http.ResponseWriter, r *http.Request) {
	times := 1
	if text := r.URL.Query().Get("times"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil {
			http.Error(w, "times: want a number", http.StatusBadRequest)
			return
		}
		times = n
	}
	if err := s.Fail(Failure{Name: r.URL.Query().Get("name"), Times: times}); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	sendJSON(w, struct{}{})
}
