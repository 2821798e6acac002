package openai

import (
	"encoding/json"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
)

// Codex's auth.json, as far as it is read. Its other fields are kept.
const (
	authModeField    = "auth_mode"
	keyField         = "OPENAI_API_KEY"
	tokensField      = "tokens"
	lastRefreshField = "last_refresh"

	authModeKey     = "apikey"
	authModeChatGPT = "chatgpt"
)

type authFile struct {
	AuthMode    credfile.Text   `json:"auth_mode"`
	Key         credfile.Text   `json:"OPENAI_API_KEY"`
	Tokens      json.RawMessage `json:"tokens"`
	LastRefresh credfile.Moment `json:"last_refresh"`
}

type authTokens struct {
	ID        credfile.Text   `json:"id_token"`
	Access    credfile.Text   `json:"access_token"`
	Refresh   credfile.Text   `json:"refresh_token"`
	AccountID credfile.Text   `json:"account_id"`
	ExpiresAt credfile.Moment `json:"expires_at"`
}

// readAuthFile takes the credential out of auth.json: what auth_mode says, else the
// tokens, else the key. reason is why there is none.
func readAuthFile(doc *credfile.Document, path string) (c credential, reason string) {
	if doc.Corrupt() != nil {
		return credential{}, "cannot be parsed"
	}
	var file authFile
	if _, err := doc.Decode(&file); err != nil {
		return credential{}, "cannot be read"
	}
	if file.AuthMode == authModeKey && file.Key != "" {
		return keyCredential(path, string(file.Key)), ""
	}
	login := file.login(path)
	if !login.secret.IsZero() {
		return login, ""
	}
	if file.Key != "" {
		return keyCredential(path, string(file.Key)), ""
	}
	if len(file.Tokens) > 0 && string(file.Tokens) != "null" {
		return login, ""
	}
	return credential{}, "holds neither a login nor a key"
}

// login makes a credential of the tokens. The account is what the file says, else
// what the tokens say.
func (f authFile) login(path string) credential {
	var t authTokens
	_ = json.Unmarshal(f.Tokens, &t) // what is no object holds no tokens
	c := loginCredential(path, sdk.NewSecret(string(t.Access)), sdk.NewSecret(string(t.Refresh)), sdk.NewSecret(string(t.ID)))
	c.accountID = firstOf(string(t.AccountID), c.accountID)
	if c.expires.IsZero() {
		c.expires = t.ExpiresAt.Time
	}
	if c.expires.IsZero() && !f.LastRefresh.IsZero() {
		c.expires, c.guessed = f.LastRefresh.Add(unreadLifetime), true
	}
	return c
}

// putLogin writes the tokens of a login into auth.json, complete, so that the codex
// program works with it: that needs last_refresh, tokens.account_id and the key
// field, be it null.
func putLogin(doc *credfile.Document, c credential, now time.Time) error {
	if _, ok := doc.Get(keyField); !ok {
		if err := doc.Set(nil, keyField); err != nil {
			return err
		}
	}
	tokens := map[string]any{"access_token": c.secret.Reveal()}
	for name, value := range map[string]string{
		"id_token": c.id.Reveal(), "refresh_token": c.refresh.Reveal(), "account_id": c.accountID,
	} {
		if value != "" {
			tokens[name] = value
		}
	}
	if c.expires.IsZero() || c.guessed {
		doc.Delete(tokensField, "expires_at") // the former token's
	} else {
		tokens["expires_at"] = c.expires.UnixMilli()
	}
	if err := doc.Merge(tokens, tokensField); err != nil {
		return err
	}
	if err := doc.Set(authModeChatGPT, authModeField); err != nil {
		return err
	}
	return doc.Set(now.UTC().Format(time.RFC3339Nano), lastRefreshField)
}

// place is Codex's folder, and what in it is ours to lock.
type place struct{ dir string }

func (p place) path() string {
	if p.dir == "" {
		return ""
	}
	return filepath.Join(p.dir, "auth.json")
}

// renewing is held while a refresh token is being spent, by jcode alone: Codex's own
// locks must not be held for that long, since codex throws away a token that it
// cannot store within five seconds.
func (p place) renewing() credfile.Option {
	return credfile.WithLockFiles(filepath.Join(p.dir, "auth.jcode.lock"))
}

// commitLimit is how long Codex's own locks are waited for.
const commitLimit = 5 * time.Second

// committing are Codex's own locks, in its order, held for the moment of writing.
func (p place) committing() []credfile.Option {
	return []credfile.Option{
		credfile.WithLockFiles(filepath.Join(p.dir, "auth.lock"), filepath.Join(p.dir, "auth.json.lock")),
		credfile.WithLockLimit(commitLimit),
	}
}
