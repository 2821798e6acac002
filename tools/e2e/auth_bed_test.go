//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/messages"
	"github.com/jcode-go/jcode/tools/standin/oauth"
)

// authBed is a bed whose only credentials are those of a login.
type authBed struct {
	*bed
	login *oauth.Server
}

// newAuthBed guards the API with the stand-in of the login.
func newAuthBed(t *testing.T, options oauth.Options) *authBed {
	t.Helper()
	b := newBed(t, nil)
	server, err := messages.New(messages.Options{})
	if err != nil {
		t.Fatal(err)
	}
	login := oauth.New(options)
	mux := http.NewServeMux()
	mux.Handle("/oauth/", login)
	mux.Handle("/v1/oauth/", login)
	mux.Handle("/", login.Guard(server))
	listening := httptest.NewServer(mux)
	t.Cleanup(listening.CloseClientConnections)
	t.Cleanup(listening.Close)
	b.server, b.url = server, listening.URL
	b.env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + b.home, "JCODE_HOME=" + filepath.Join(b.home, ".jcode"),
		"JCODE_USE_DIRECT_API=1", "ANTHROPIC_BASE_URL=" + b.url, "JCODE_CLAUDE_AUTH_URL=" + b.url,
		"TMPDIR=" + os.TempDir(),
	}
	b.logged(login.Secrets)
	return &authBed{bed: b, login: login}
}

func (b *authBed) authFile() string { return filepath.Join(b.home, ".jcode", "auth.json") }

// store writes auth.json with a login that expires in so long, and something of
// somebody else's.
func (b *authBed) store(access, refresh string, left time.Duration) {
	b.t.Helper()
	text := fmt.Sprintf(`{"other":{"keep":1.50},"anthropic":{"type":"oauth","access":%q,"refresh":%q,"expires":%d,"mine":true}}`,
		access, refresh, time.Now().Add(left).UnixMilli())
	b.file(".jcode/auth.json", text)
}

// file makes a private file in the home.
func (b *bed) file(name, content string) {
	b.t.Helper()
	path := filepath.Join(b.home, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// stored is the login in auth.json; the test fails unless the file can be read
// and everything else in it is as it was.
func (b *authBed) stored() (access, refresh string) {
	b.t.Helper()
	content, err := os.ReadFile(b.authFile())
	if err != nil {
		b.t.Fatal(err)
	}
	var file struct {
		Other     json.RawMessage
		Anthropic struct {
			Access, Refresh string
			Mine            bool
		}
	}
	if err := json.Unmarshal(content, &file); err != nil {
		b.t.Fatalf("auth.json cannot be read: %v", err)
	}
	if !strings.Contains(string(file.Other), "1.50") || !file.Anthropic.Mine {
		b.t.Error("auth.json lost what was not ours to change")
	}
	return file.Anthropic.Access, file.Anthropic.Refresh
}

// refreshes counts the token requests of a kind that were answered with status.
func (b *authBed) refreshes(status int) int {
	n := 0
	for _, r := range b.login.Requests() {
		if r.Grant == "refresh_token" && r.Status == status {
			n++
		}
	}
	return n
}

// silent fails the test when any code or token shows up in a text.
func (b *authBed) silent(where, text string) { b.without(b.login.Secrets(), where, text) }

// without fails the test when any of the secrets shows up in a text.
func (b *bed) without(secrets []string, where, text string) {
	b.t.Helper()
	for _, secret := range secrets {
		if strings.Contains(text, secret) {
			b.t.Errorf("a secret shows up in %s", where)
		}
	}
}
