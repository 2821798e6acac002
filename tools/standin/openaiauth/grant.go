package openaiauth

import (
	"encoding/json"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
)

// grant is a token request. Verifier and redirect are those of a code, and a code
// of a device has no state.
type grant struct {
	Type     string `json:"grant_type"`
	Client   string `json:"client_id"`
	Code     string `json:"code"`
	Redirect string `json:"redirect_uri"`
	Verifier string `json:"code_verifier"`
	Refresh  string `json:"refresh_token"`
	Scope    string `json:"scope"`
}

const maxForm = 1 << 20

// readGrant takes a form as well as JSON: the vendor's clients send either.
func readGrant(r *http.Request) (grant, bool) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxForm))
	media, _, mediaErr := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || mediaErr != nil {
		return grant{}, false
	}
	var g grant
	switch media {
	case "application/json":
		return g, json.Unmarshal(body, &g) == nil
	case "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(body))
		for field, value := range map[string]*string{
			"grant_type": &g.Type, "client_id": &g.Client, "code": &g.Code, "redirect_uri": &g.Redirect,
			"code_verifier": &g.Verifier, "refresh_token": &g.Refresh, "scope": &g.Scope,
		} {
			*value = form.Get(field)
		}
		return g, err == nil
	}
	return g, false
}

func (s *Server) token(w http.ResponseWriter, r *http.Request) {
	g, ok := readGrant(r)
	record := Request{Grant: g.Type, UserAgent: r.UserAgent(), ContentType: r.Header.Get("Content-Type"), Scope: g.Scope}
	if g.Redirect == "http://"+r.Host+"/deviceauth/callback" { // the vendor's, seen from here
		g.Redirect = deviceRedirect
	}
	if g.Verifier != "" {
		s.ledger.Remember(g.Verifier)
	}
	if s.options.Before != nil && s.options.Before(w, r, g.Type) {
		s.ledger.Keep(record)
		return
	}
	a, failed := s.nextFailure()
	var tokens map[string]any
	switch {
	case failed:
	case !ok || g.Type == "":
		a = answer{400, "invalid_request", "", inString}
	case g.Client != ClientID:
		a = answer{401, "invalid_client", "", inString}
	default:
		tokens, a = s.exchange(g)
	}
	if tokens == nil {
		record.Status, record.Code = a.status, a.code
		s.ledger.Keep(record)
		a.send(w)
		return
	}
	record.Status = http.StatusOK
	s.ledger.Keep(record)
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(tokens) // a client that left needs no tokens
}

// exchange gives the fields of a good answer, or the answer that is none.
func (s *Server) exchange(g grant) (map[string]any, answer) {
	switch g.Type {
	case "authorization_code":
		c, ok := s.ledger.Redeem(g.Code, g.Verifier, g.Redirect, "")
		if !ok {
			return nil, answer{400, "token_exchange_user_error", "", inObject}
		}
		return s.fields(s.newFamily(s.options.Account), c.Scope, nil), answer{}
	case "refresh_token":
		if g.Refresh == "" {
			return nil, answer{400, "empty_string", "", inObject}
		}
		return s.refresh(g.Refresh)
	}
	return nil, answer{400, "unsupported_grant_type", "", inString}
}

// refresh rotates a refresh token. Where none is to be sent back, the old one stays
// good.
func (s *Server) refresh(token string) (map[string]any, answer) {
	use := func(token string) (string, authority.Rotation) { return s.ledger.Rotate(token, false) }
	if slices.Contains(s.options.Omit, "refresh_token") {
		use = s.ledger.Peek
	}
	family, outcome := use(token)
	switch outcome {
	case authority.Rotated:
		return s.fields(family, "", s.options.Omit), answer{}
	case authority.Reused:
		return nil, failures["refresh_token_reused"]
	default:
		return nil, failures["refresh_token_invalidated"]
	}
}

// fields are new tokens as the vendor sends them.
func (s *Server) fields(family, scope string, omit []string) map[string]any {
	t := s.issue(family, s.lifetime())
	fields := map[string]any{
		"access_token": t.Access, "refresh_token": t.Refresh, "id_token": t.ID, "token_type": "Bearer",
		"expires_in": s.options.LifetimeSeconds, "scope": scope,
	}
	for _, name := range omit {
		delete(fields, name)
	}
	return fields
}
