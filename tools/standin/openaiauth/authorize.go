package openaiauth

import (
	"fmt"
	"html"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

// authorize agrees at once, or denies, and sends the browser back. A request that
// the vendor would not take ends on a page: the program never hears of it.
func (s *Server) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if wrong := s.wrongQuery(q); wrong != "" {
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadRequest)
		_, _ = fmt.Fprintf(w, `<html><head><title>Authentication Error</title></head><body><h1>Oops, an error occurred!</h1>`+
			`<p id=code>authorize_hydra_invalid_request</p><p>%s</p></body></html>`, html.EscapeString(wrong))
		return
	}
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil { // looked at above
		http.Error(w, "redirect_uri", http.StatusBadRequest)
		return
	}
	query := back.Query()
	query.Set("state", q.Get("state"))
	if s.options.Deny != "" {
		query.Set("error", s.options.Deny)
		if s.options.DenyDescription != "" {
			query.Set("error_description", s.options.DenyDescription)
		}
	} else {
		// Codes hold characters that must be encoded in a form.
		query.Set("code", s.ledger.NewCode("ac_/+=&", authority.Code{
			Challenge: q.Get("code_challenge"), Redirect: q.Get("redirect_uri"), Scope: q.Get("scope"),
		}))
		query.Set("scope", q.Get("scope"))
	}
	back.RawQuery = query.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

// wrongQuery says what is wrong with an authorization request, "" for nothing.
func (s *Server) wrongQuery(q url.Values) string {
	for name, want := range map[string]string{
		"response_type": "code", "client_id": ClientID, "code_challenge_method": "S256",
		"id_token_add_organizations": "true", "codex_cli_simplified_flow": "true",
	} {
		if q.Get(name) != want {
			return name
		}
	}
	for _, name := range []string{"originator", "scope"} {
		if q.Get(name) == "" {
			return name
		}
	}
	if len(q.Get("state")) < 16 {
		return "state"
	}
	if len(q.Get("code_challenge")) != 43 {
		return "code_challenge"
	}
	for _, scope := range []string{"openid", "profile", "email", "offline_access"} {
		if !slices.Contains(strings.Fields(q.Get("scope")), scope) {
			return "scope " + scope
		}
	}
	return s.wrongRedirect(q.Get("redirect_uri"))
}

func (s *Server) wrongRedirect(redirect string) string {
	if s.options.Redirects != nil {
		if !slices.Contains(s.options.Redirects, redirect) {
			return "The redirect_uri is not one of those that are registered for this client."
		}
		return ""
	}
	back, err := url.Parse(redirect)
	if err != nil || back.Scheme != "http" {
		return "redirect_uri"
	}
	if ip := net.ParseIP(back.Hostname()); back.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return "redirect_uri"
	}
	return ""
}
