// Package authority is the memory of a stand-in for a login: codes and refresh
// tokens that can be used once, access tokens that expire, what was asked for, and
// every secret that was ever handed out.
package authority

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"sync"
	"time"
)

// Request is one token request as it was received, without secrets.
type Request struct {
	Grant       string `json:"grant"`
	UserAgent   string `json:"user_agent"`
	ContentType string `json:"content_type"`
	Scope       string `json:"scope,omitempty"`
	// Status is what it was answered with; Code the OAuth error.
	Status int    `json:"status"`
	Code   string `json:"code,omitempty"`
}

// Code is what a code was given out for, and so what must come with it.
type Code struct{ Challenge, Redirect, State, Scope string }

// Ledger remembers. It is safe for concurrent use; the zero value is empty.
type Ledger struct {
	mu       sync.Mutex
	codes    map[string]Code
	access   map[string]grant
	refresh  map[string]string // token to its family
	spent    map[string]string // used refresh tokens, to their family
	ended    map[string]bool   // families
	requests []Request
	secrets  []string
}

type grant struct {
	expires time.Time
	revoked bool
}

// Token makes a random secret that nothing knows yet.
func Token(prefix string) string {
	b := make([]byte, 24)
	_, _ = rand.Read(b) // never fails
	return prefix + hex.EncodeToString(b)
}

// Mint makes a random secret and remembers it for Secrets.
func (l *Ledger) Mint(prefix string) string {
	value := Token(prefix)
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, value)
	return value
}

// NewCode gives out a code of one use.
func (l *Ledger) NewCode(prefix string, c Code) string {
	value := l.Mint(prefix)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.codes == nil {
		l.codes = map[string]Code{}
	}
	l.codes[value] = c
	return value
}

// Redeem uses a code up. It is good only with the verifier, redirect and state that
// it was given out for.
func (l *Ledger) Redeem(value, verifier, redirect, state string) (Code, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	c, ok := l.codes[value]
	delete(l.codes, value)
	return c, ok && c.Redirect == redirect && c.State == state && Challenge(verifier) == c.Challenge
}

// Challenge is what a client sends first of a verifier (RFC 7636, S256).
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// Grant remembers a pair of tokens; without a refresh token, the access token alone.
func (l *Ledger) Grant(access, refresh, family string, lifetime time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.access == nil {
		l.access, l.refresh = map[string]grant{}, map[string]string{}
	}
	l.access[access] = grant{expires: time.Now().Add(lifetime)}
	l.secrets = append(l.secrets, access)
	if refresh != "" {
		l.refresh[refresh] = family
		l.secrets = append(l.secrets, refresh)
	}
}

// Remember adds secrets that must show up nowhere, beside the tokens.
func (l *Ledger) Remember(secrets ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.secrets = append(l.secrets, secrets...)
}

// Rotation is how the use of a refresh token came out.
type Rotation int

// The outcomes of Rotate.
const (
	Rotated Rotation = iota // it was good and is spent now
	Reused                  // it was spent before
	Unknown                 // it was never one, or its family is ended
)

// Rotate uses a refresh token up and tells its family. With strict, a second use
// ends the whole family: somebody has a copy.
func (l *Ledger) Rotate(token string, strict bool) (family string, r Rotation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if former, used := l.spent[token]; used {
		if strict {
			l.end(former)
		}
		return former, Reused
	}
	family, ok := l.refresh[token]
	if !ok || l.ended[family] {
		return "", Unknown
	}
	delete(l.refresh, token)
	if l.spent == nil {
		l.spent = map[string]string{}
	}
	l.spent[token] = family
	return family, Rotated
}

// Peek tells what Rotate would, and uses nothing up.
func (l *Ledger) Peek(token string) (family string, r Rotation) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if former, used := l.spent[token]; used {
		return former, Reused
	}
	family, ok := l.refresh[token]
	if !ok || l.ended[family] {
		return "", Unknown
	}
	return family, Rotated
}

func (l *Ledger) end(family string) {
	if l.ended == nil {
		l.ended = map[string]bool{}
	}
	l.ended[family] = true
}

// Valid reports whether an access token is one of ours and alive.
func (l *Ledger) Valid(access string) bool {
	known, alive := l.Known(access)
	return known && alive
}

// Known reports whether an access token was ever one of ours, and whether it is
// still alive.
func (l *Ledger) Known(access string) (known, alive bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	g, ok := l.access[access]
	return ok, ok && !g.revoked && time.Now().Before(g.expires)
}

// Revoke makes an access token, or a refresh token, invalid before its time.
func (l *Ledger) Revoke(token string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if g, ok := l.access[token]; ok {
		g.revoked = true
		l.access[token] = g
	}
	delete(l.refresh, token)
}

// Keep records a token request.
func (l *Ledger) Keep(r Request) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.requests = append(l.requests, r)
}

// Requests returns the token requests so far, in order.
func (l *Ledger) Requests() []Request {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]Request{}, l.requests...)
}

// Secrets returns every code and token that was handed out: none may show up in
// any output.
func (l *Ledger) Secrets() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]string{}, l.secrets...)
}
