package openaiauth

import (
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/authority"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// Tokens are one login.
type Tokens struct {
	Access  string `json:"access_token"`
	Refresh string `json:"refresh_token"`
	ID      string `json:"id_token"`
	Account string `json:"account_id"`
}

// idLifetime is that of an id token, which nothing depends on.
const idLifetime = time.Hour

// Issue makes a login as if somebody had logged in, whose access token is good for
// so long; a negative time is one that has run out.
func (s *Server) Issue(lifetime time.Duration) Tokens {
	return s.issue(s.newFamily(s.options.Account), lifetime)
}

// IssueFor is Issue for another account.
func (s *Server) IssueFor(account string, lifetime time.Duration) Tokens {
	return s.issue(s.newFamily(account), lifetime)
}

func (s *Server) newFamily(account string) string {
	family := authority.Token("family-")
	s.mu.Lock()
	defer s.mu.Unlock()
	s.accounts[family] = account
	return family
}

func (s *Server) issue(family string, lifetime time.Duration) Tokens {
	s.mu.Lock()
	account := s.accounts[family]
	s.mu.Unlock()
	t := Tokens{
		Access: s.accessToken(account, lifetime), Refresh: authority.Token("rt_"), ID: s.idToken(account), Account: account,
	}
	s.ledger.Grant(t.Access, t.Refresh, family, lifetime)
	s.ledger.Remember(t.ID)
	return t
}

func (s *Server) lifetime() time.Duration {
	return time.Duration(s.options.LifetimeSeconds) * time.Second
}

func (s *Server) accessToken(account string, lifetime time.Duration) string {
	now := time.Now()
	return jwt(map[string]any{
		"iss": "https://auth.openai.com", "aud": []string{"https://api.openai.com/v1"}, "client_id": ClientID,
		"iat": now.Unix(), "nbf": now.Unix(), "exp": now.Add(lifetime).Unix(), "jti": authority.Token(""),
		"scp": []string{"openid", "profile", "email", "offline_access"}, "sub": "user-standin",
		"https://api.openai.com/auth":    s.authClaims(account),
		"https://api.openai.com/profile": map[string]any{"email": s.options.Email, "email_verified": true},
	})
}

func (s *Server) idToken(account string) string {
	now := time.Now()
	claims := s.authClaims(account)
	claims["organizations"] = []map[string]any{{"id": "org-standin", "is_default": true, "role": "owner", "title": "Personal"}}
	return jwt(map[string]any{
		"iss": "https://auth.openai.com", "aud": []string{ClientID}, "iat": now.Unix(), "exp": now.Add(idLifetime).Unix(),
		"jti": authority.Token(""), "sub": "user-standin", "email": s.options.Email, "email_verified": true,
		"https://api.openai.com/auth": claims,
	})
}

func (s *Server) authClaims(account string) map[string]any {
	claims := map[string]any{
		"chatgpt_account_id": account, "chatgpt_plan_type": s.options.Plan,
		"chatgpt_user_id": "user-standin", "user_id": "user-standin",
	}
	if s.options.FedRAMP {
		claims["chatgpt_account_is_fedramp"] = true
	}
	return claims
}

// jwt is a token with these claims and a signature that means nothing.
func jwt(claims map[string]any) string {
	part := func(v any) string { return base64.RawURLEncoding.EncodeToString(wire.Encode(v)) }
	return strings.Join([]string{
		part(map[string]string{"alg": "RS256", "typ": "JWT", "kid": "standin"}), part(claims),
		base64.RawURLEncoding.EncodeToString([]byte(authority.Token(""))),
	}, ".")
}

// AccountOf reads the account id that a token says it is for.
func AccountOf(token string) string {
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return ""
	}
	body, err := base64.RawURLEncoding.DecodeString(parts[1])
	var claims struct {
		Auth struct {
			Account string `json:"chatgpt_account_id"`
		} `json:"https://api.openai.com/auth"`
	}
	if err != nil || json.Unmarshal(body, &claims) != nil {
		return ""
	}
	return claims.Auth.Account
}

// CodexFile is an auth.json as the vendor's own program writes it.
func (t Tokens) CodexFile(refreshed time.Time) []byte {
	return indented(wire.Object(
		"auth_mode", "chatgpt", "OPENAI_API_KEY", nil,
		"tokens", wire.Object(
			"id_token", t.ID, "access_token", t.Access, "refresh_token", t.Refresh, "account_id", t.Account,
			"oauth_provenance", wire.Object("issuer", "https://auth.openai.com", "client_id", ClientID),
			"login_owner_id", "owner-standin",
		),
		"last_refresh", refreshed.UTC().Format(time.RFC3339Nano),
	))
}

// BareFile is an auth.json with the tokens alone and when they expire, in
// milliseconds, which the vendor's own program cannot work with.
func (t Tokens) BareFile(expires time.Time) []byte {
	return indented(wire.Object("tokens", wire.Object(
		"access_token", t.Access, "refresh_token", t.Refresh, "id_token", t.ID, "expires_at", expires.UnixMilli(),
	)))
}

func indented(raw json.RawMessage) []byte {
	b, err := json.MarshalIndent(raw, "", "  ")
	if err != nil { // of what was just encoded
		return raw
	}
	return b
}
