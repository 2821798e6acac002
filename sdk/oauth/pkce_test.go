package oauth

import (
	"net/url"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

func TestPKCE(t *testing.T) {
	t.Parallel()
	a, b := NewPKCE(), NewPKCE()
	if len(a.Verifier.Reveal()) != 43 || len(a.Challenge) != 43 || a.Verifier.Equal(b.Verifier) || a.Challenge == b.Challenge {
		t.Errorf("%d %d", len(a.Verifier.Reveal()), len(a.Challenge))
	}
	if s := NewState(); len(s) != 43 || s == NewState() || s == a.Verifier.Reveal() {
		t.Errorf("state %q", s)
	}
}

func TestAuthorizeURL(t *testing.T) {
	t.Parallel()
	pkce := NewPKCE()
	text, err := AuthorizeURL("https://example.com/authorize?x=1", Authorization{
		ClientID: "id", Redirect: "http://localhost:1/callback", Scope: "a b", Challenge: pkce.Challenge,
		State: "st", More: map[string]string{"code": "true"},
	})
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"x": "1", "code": "true", "response_type": "code", "client_id": "id", "state": "st", "scope": "a b",
		"redirect_uri": "http://localhost:1/callback", "code_challenge": pkce.Challenge, "code_challenge_method": "S256",
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if _, err := AuthorizeURL("http://[::1", Authorization{}); err == nil {
		t.Error("a broken URL is accepted")
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_700_000_000, 0)
	for _, tt := range []struct {
		left time.Duration
		want bool
	}{{6 * time.Minute, true}, {5*time.Minute + 1, true}, {5 * time.Minute, false}, {0, false}, {-time.Hour, false}} {
		if got := Fresh(now.Add(tt.left), now, 5*time.Minute); got != tt.want {
			t.Errorf("%s left: %v", tt.left, got)
		}
	}
	if !Fresh(time.Time{}, now, time.Hour) {
		t.Error("no expiry is expired")
	}
	if got := (Token{ExpiresIn: time.Hour}).ExpiresAt(now); !got.Equal(now.Add(time.Hour)) {
		t.Error(got)
	}
	if !(Token{Access: sdk.NewSecret("x")}).ExpiresAt(now).IsZero() {
		t.Error("an unknown expiry is a time")
	}
}
