//go:build unix

package e2e

import (
	"encoding/json"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
)

const openAIRemedy = "try: jcode login --provider openai"

// Without a terminal a login does not wait, and without credentials nothing is sent.
func TestOpenAIWithoutCredentials(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.jcode("login", "--provider", "openai").want(t, 4, openAIRemedy)
	b.run("hi").want(t, 4, openAIRemedy)
	if n := len(b.api.Requests()) + len(b.login.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// A login serves; one that is about to expire is renewed first, once, and the file
// stays one that codex can work with.
func TestOpenAILogin(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name    string
		left    time.Duration
		revoked bool
		renewed int
	}{
		{"fresh", time.Hour, false, 0},
		{"six minutes left", 6 * time.Minute, false, 0},
		{"four minutes left", 4 * time.Minute, false, 1},
		{"expired", -time.Hour, false, 1},
		{"revoked before its time", time.Hour, true, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newOpenAIBed(t, openaiauth.Options{Account: "acc-1"}, nil)
			tokens := b.login.Issue(tt.left)
			b.store(tokens)
			if tt.revoked {
				b.login.Revoke(tokens.Access)
			}
			for _, source := range []string{"auth.json", ""} { // told once
				r := b.run("hi")
				r.want(t, 0, source)
				if r.stdout != "echo: hi\n" {
					t.Errorf("%q %s", r.stdout, r.stderr)
				}
			}
			if n := b.refreshes(200); n != tt.renewed || len(b.login.Requests()) != tt.renewed {
				t.Errorf("renewed %d times: %+v", n, b.login.Requests())
			}
			for _, r := range b.login.Requests() {
				if !strings.HasPrefix(r.UserAgent, "jcode/") {
					t.Errorf("%+v", r)
				}
			}
			if file := b.kept(); !b.login.Valid(file.Tokens.Access) || file.Tokens.Account != "acc-1" {
				t.Error("the stored token is not valid")
			}
			if info, err := os.Stat(b.authFile()); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v %v", info.Mode(), err)
			}
			if !tt.revoked {
				b.noViolations()
			}
		})
	}
}

// A file with the tokens alone is good for us, and after a renewal for codex as well.
func TestOpenAIBareFileIsCompleted(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Account: "acc-1"}, nil)
	b.file(".codex/auth.json", string(b.login.Issue(time.Hour).BareFile(time.Now().Add(time.Hour))))
	b.run("hi").want(t, 0)
	b.file(".codex/auth.json", string(b.login.Issue(-time.Hour).BareFile(time.Now().Add(-time.Hour))))
	b.run("hi").want(t, 0)
	if file := b.stored(); file.Tokens.Account != "acc-1" || b.refreshes(200) != 1 {
		t.Errorf("account %q, %+v", file.Tokens.Account, b.login.Requests())
	}
	b.noViolations()
}

// CODEX_HOME moves the file, and a link to it stays one.
func TestOpenAICodexHome(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.expired()
	elsewhere := filepath.Join(b.home, "elsewhere")
	if err := os.MkdirAll(elsewhere, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(elsewhere, "auth.json")
	if err := os.Symlink(b.authFile(), link); err != nil {
		t.Fatal(err)
	}
	b.env = append(b.env, "CODEX_HOME="+elsewhere)
	b.run("hi").want(t, 0)
	if target, err := os.Readlink(link); err != nil || target != b.authFile() || !b.login.Valid(b.kept().Tokens.Access) {
		t.Errorf("%s %v", target, err)
	}
}

// What the answer to a renewal leaves out stays as it was.
func TestOpenAIRenewalWithoutRefreshToken(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Omit: []string{"refresh_token", "id_token", "expires_in"}}, nil)
	tokens := b.expired()
	b.run("hi").want(t, 0)
	if file := b.kept(); file.Tokens.Refresh != tokens.Refresh || file.Tokens.ID != tokens.ID || !b.login.Valid(file.Tokens.Access) {
		t.Error("something was lost")
	}
}

// A refresh token that the vendor refuses for good is tried once in all.
func TestOpenAIRefusedRefreshToken(t *testing.T) {
	t.Parallel()
	for _, failure := range []string{"refresh_token_expired", "refresh_token_invalidated", "refresh_token_reused", "invalid_grant", "unauthorized"} {
		t.Run(failure, func(t *testing.T) {
			t.Parallel()
			b := newOpenAIBed(t, openaiauth.Options{Failures: []openaiauth.Failure{{Name: failure, Times: -1}}}, nil)
			b.expired()
			for range 2 {
				b.run("hi").want(t, 4, openAIRemedy)
			}
			if n := len(b.login.Requests()); n != 1 {
				t.Errorf("%d token requests: %+v", n, b.login.Requests())
			}
			b.kept()
		})
	}
}

// A renewal ahead of time that fails for now does not matter while the old token
// lives; one that is overdue is tried again.
func TestOpenAIRenewalTrouble(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, failure string
		left          time.Duration
		times, code   int
		message       string
	}{
		{"ahead of time", "server_error", 4 * time.Minute, -1, 0, ""},
		{"ahead of time, challenged", "cloudflare", 4 * time.Minute, -1, 0, ""},
		{"once", "server_error", -time.Hour, 1, 0, ""},
		{"cut once", "cut", -time.Hour, 1, 0, ""},
		{"busy once", "rate_limited", -time.Hour, 1, 0, ""},
		{"for ever", "unavailable", -time.Hour, -1, 5, ""},
		{"challenged", "cloudflare", -time.Hour, -1, 5, "network"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newOpenAIBed(t, openaiauth.Options{Failures: []openaiauth.Failure{{Name: tt.failure, Times: tt.times}}}, nil)
			b.store(b.login.Issue(tt.left))
			r := b.run("hi")
			r.want(t, tt.code, tt.message)
			if strings.Contains(r.stderr, "<html") {
				t.Errorf("markup in the message: %s", r.stderr)
			}
			if n := len(b.login.Requests()); n < 1 || n > 3 {
				t.Errorf("%d token requests", n)
			}
			b.kept()
		})
	}
}

// A token of a login goes to no other host, whatever the base URLs say.
func TestOpenAITokenStaysWithTheVendor(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.expired()
	b.env = append(b.env, "JCODE_CHATGPT_BASE_URL=https://gateway.example/codex")
	b.run("hi").want(t, 3, "JCODE_CHATGPT_BASE_URL")
	if got := b.login.Requests(); len(got) != 0 {
		t.Errorf("token requests: %+v", got)
	}
}

// Twenty processes that find one expired login renew it once, and all answer.
func TestOpenAITwentyProcessesRenewOnce(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.expired()
	b.race(t, func() {})
	if n := len(b.login.Requests()); n != 1 {
		t.Errorf("%d token requests", n)
	}
}

func (b *openAIBed) race(t *testing.T, started func()) {
	t.Helper()
	b.atOnce(t, 20, "openai", started, b.silent)
	if !b.login.Valid(b.kept().Tokens.Access) {
		t.Error("the stored token is not valid")
	}
	b.noViolations()
}

// The same with the process killed that holds the lock and asks: another one takes
// over.
func TestOpenAITwentyProcessesRenewWhenTheFirstIsKilled(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	holding, release := make(chan struct{}), make(chan struct{})
	b := newOpenAIBed(t, openaiauth.Options{Before: func(_ http.ResponseWriter, r *http.Request, _ string) bool {
		if asked.Add(1) > 1 {
			return false
		}
		close(holding)
		select {
		case <-r.Context().Done(): // killed before the token was spent
		case <-release:
		}
		return true
	}}, nil)
	t.Cleanup(func() { close(release) })
	b.expired()
	holder := b.command("--provider", "openai", "run", "hi")
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-holding:
	case <-time.After(time.Minute):
		t.Fatal("nobody asked for a token")
	}
	b.race(t, func() {
		_ = holder.Process.Kill()
		_ = holder.Wait()
	})
	if n := b.refreshes(200); n != 1 {
		t.Errorf("renewed %d times: %+v", n, b.login.Requests())
	}
}

// Whenever a renewing process is killed, the file can be read and holds the old
// login or the new one.
func TestOpenAIKilledWhileRenewing(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		b := newOpenAIBed(t, openaiauth.Options{}, nil)
		before := b.expired()
		cmd := b.command("--provider", "openai", "run", "hi")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(20+8*i)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		if now := b.kept().Tokens.Access; now != before.Access && !b.login.Valid(now) {
			t.Error("neither the old login nor the new one")
		}
	}
}

// A home that cannot be written still answers, and says what that costs.
func TestOpenAIReadOnlyHome(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.expired()
	cmd := b.command("--provider", "openai", "run", "hi")
	folder := filepath.Dir(b.authFile())
	own := filepath.Join(b.home, ".jcode")
	if err := os.MkdirAll(own, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Geteuid() == 0 { // for whom nothing is read-only
		for _, path := range []string{folder, b.authFile(), own, b.home} {
			if err := os.Chown(path, nobodyID, nobodyID); err != nil {
				t.Fatal(err)
			}
		}
		openUp(t, b.home, b.project)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobodyID, Gid: nobodyID}}
	}
	if err := os.Chmod(folder, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(folder, 0o700) })
	r := b.finish(cmd)
	r.want(t, 0, "could not be stored")
	b.silent("the output", r.stdout+r.stderr)
	if r.stdout != "echo: hi\n" {
		t.Errorf("stdout %q", r.stdout)
	}
}

// nobodyID is a user for whom a folder can be read-only.
const nobodyID = 65534

// Nothing that jcode writes anywhere at the most talkative level holds a token,
// except the file that it belongs into.
func TestOpenAINoTokenAtTraceLevel(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.expired()
	for _, args := range [][]string{
		{"--log-level", "trace", "--provider", "openai", "run", "-o", "stream-json", "@reasoning why"},
		{"--log-level", "trace", "auth", "status", "--provider", "openai", "--probe", "--json"},
		{"--log-level", "trace", "doctor", "--provider", "openai", "--json"},
		{"--log-level", "trace", "models", "--provider", "openai"},
		{"--log-level", "trace", "logout", "--provider", "openai"},
	} {
		r := b.jcode(args...)
		code := 0
		if slices.Contains(args, "logout") {
			code = 3 // the login in the file is codex's, which ends it by itself
		}
		r.want(t, code)
		b.silent(strings.Join(args, " "), r.stdout+r.stderr)
	}
	if b.refreshes(200) != 1 {
		t.Errorf("%+v", b.login.Requests())
	}
	err := filepath.WalkDir(b.home, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || path == b.authFile() {
			return err
		}
		content, err := os.ReadFile(path)
		b.silent(path, string(content))
		return err
	})
	if err != nil {
		t.Error(err)
	}
	if content, _ := os.ReadFile(b.authFile()); !strings.Contains(string(content), "1.50") {
		t.Errorf("after the logout: %d bytes", len(content))
	}
}

// The status tells whose login it is and where it is from, and never a secret.
func TestOpenAIAuthStatus(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Plan: "pro"}, nil).withLogin()
	r := b.jcode("auth", "status", "--provider", "openai", "--json")
	r.want(t, 0)
	b.silent("auth status", r.stdout+r.stderr)
	var out struct {
		Providers []struct {
			State, Account, Source, Plan, Billing string
			ExpiresAt                             string `json:"expires_at"`
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || len(out.Providers) != 1 {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	p := out.Providers[0]
	if p.State != "ok" || !strings.Contains(p.Account, "someone@example.com") || !strings.HasSuffix(p.Source, ".codex/auth.json") ||
		p.Plan != "pro" || p.Billing == "" || p.ExpiresAt == "" {
		t.Errorf("%+v", p)
	}
}

// A file that cannot be read as JSON is named, not overwritten.
func TestOpenAIBrokenFile(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.file(".codex/auth.json", `{"tokens":{"access_tok`)
	b.run("hi").want(t, 4, "auth.json")
	if content, err := os.ReadFile(b.authFile()); err != nil || string(content) != `{"tokens":{"access_tok` {
		t.Errorf("%q %v", content, err)
	}
}
