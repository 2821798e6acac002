//go:build unix

package e2e

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/oauth"
)

const loginRemedy = "try: jcode login --provider claude"

// Without a terminal a login does not wait.
func TestLoginWithoutTerminal(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	b.jcode("login", "--provider", "claude").want(t, 4, loginRemedy)
	b.jcode("run", "hi").want(t, 4)
	b.jcode("--provider", "claude", "run", "hi").want(t, 4, loginRemedy)
}

// A login of our own serves; an expired one is renewed first, once.
func TestOwnLogin(t *testing.T) {
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
			b := newAuthBed(t, oauth.Options{})
			access, refresh := b.login.Issue()
			b.store(access, refresh, tt.left)
			if tt.revoked || tt.left < 0 {
				b.login.Revoke(access)
			}
			first := b.jcode("--provider", "claude", "run", "hi")
			first.want(t, 0, "not sanctioned by Anthropic", "auth.json")
			second := b.jcode("--provider", "claude", "run", "hi")
			second.want(t, 0)
			if first.stdout != "echo: hi\n" || second.stdout != "echo: hi\n" || strings.Contains(second.stderr, "Anthropic") {
				t.Errorf("%q %q, %s", first.stdout, second.stdout, second.stderr)
			}
			if n := b.refreshes(200); n != tt.renewed || b.refreshes(400) != 0 {
				t.Errorf("renewed %d times: %+v", n, b.login.Requests())
			}
			for _, r := range b.login.Requests() {
				if !strings.HasPrefix(r.UserAgent, "jcode/") || r.ContentType != "application/json" {
					t.Errorf("%+v", r)
				}
			}
			if stored, _ := b.stored(); !b.login.Valid(stored) {
				t.Error("the stored token is not valid")
			}
			if info, err := os.Stat(b.authFile()); err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%v %v", info.Mode(), err)
			}
		})
	}
}

// A refresh token that the vendor refuses is tried once in all.
func TestRefusedRefreshToken(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	b.store("sk-ant-oat01-dead", "sk-ant-ort01-dead", -time.Hour)
	for range 2 {
		b.jcode("--provider", "claude", "run", "hi").want(t, 4, loginRemedy)
	}
	if n := len(b.login.Requests()); n != 1 {
		t.Errorf("%d token requests", n)
	}
	b.stored()
}

// The logins of other programs are used while they live, and never renewed.
func TestBorrowedLogin(t *testing.T) {
	t.Parallel()
	const claude = `{"claudeAiOauth":{"accessToken":%q,"refreshToken":%q,"expiresAt":%d,"scopes":["user:inference"],"subscriptionType":"max"}}`
	const opencode = `{"anthropic":{"type":"oauth","access":%q,"refresh":%q,"expires":%d}}`
	for name, file := range map[string][2]string{
		"Claude Code": {".claude/.credentials.json", claude}, "OpenCode": {".local/share/opencode/auth.json", opencode},
	} {
		for _, left := range []time.Duration{time.Hour, -time.Hour} {
			t.Run(fmt.Sprintf("%s %s", name, left), func(t *testing.T) {
				t.Parallel()
				b := newAuthBed(t, oauth.Options{})
				access, refresh := b.login.Issue()
				content := fmt.Sprintf(file[1], access, refresh, time.Now().Add(left).UnixMilli())
				b.file(file[0], content)
				r := b.jcode("--provider", "claude", "run", "hi")
				if left > 0 {
					r.want(t, 0)
				} else {
					r.want(t, 4, name, "expired", loginRemedy)
				}
				if got := b.login.Requests(); len(got) != 0 {
					t.Errorf("token requests: %+v", got)
				}
				if now, err := os.ReadFile(filepath.Join(b.home, file[0])); err != nil || string(now) != content {
					t.Errorf("the file of another program changed: %v", err)
				}
			})
		}
	}
}

// A token of a login goes to no other host, whatever the base URL says.
func TestTokenStaysWithTheVendor(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	access, refresh := b.login.Issue()
	b.store(access, refresh, -time.Hour)
	b.env = append(b.env, "ANTHROPIC_BASE_URL=https://gateway.example")
	b.jcode("--provider", "claude", "run", "hi").want(t, 3, "ANTHROPIC_BASE_URL")
	if got := b.login.Requests(); len(got) != 0 {
		t.Errorf("token requests: %+v", got)
	}
}

// Twenty processes that find one expired login renew it once, and all answer.
func twentyProcessesRenewOnce(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	b.race(t, nil)
	if n := len(b.login.Requests()); n != 1 {
		t.Errorf("%d token requests", n)
	}
}

// The same with the process killed that holds the lock and asks: another one
// takes over.
func TestTwentyProcessesRenewWhenTheFirstIsKilled(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	holding := make(chan struct{})
	release := make(chan struct{})
	b := newAuthBed(t, oauth.Options{Before: func(_ http.ResponseWriter, r *http.Request, _ string) bool {
		if asked.Add(1) > 1 {
			return false
		}
		close(holding)
		select {
		case <-r.Context().Done(): // killed before the token was spent
		case <-release:
		}
		return true
	}})
	t.Cleanup(func() { close(release) })
	access, refresh := b.login.Issue()
	b.login.Revoke(access)
	b.store(access, refresh, -time.Hour)
	holder := b.command("--provider", "claude", "run", "hi")
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

// race starts twenty processes at once. started is called when they are off; nil
// makes a new login.
func (b *authBed) race(t *testing.T, started func()) {
	t.Helper()
	if started == nil {
		access, refresh := b.login.Issue()
		b.login.Revoke(access)
		b.store(access, refresh, -time.Hour)
		started = func() {}
	}
	b.atOnce(t, 20, "claude", started, b.silent)
	if access, _ := b.stored(); !b.login.Valid(access) {
		t.Error("the stored token is not valid")
	}
}

// Whenever a renewing process is killed, the file can be read and holds the old
// login or the new one.
func killedWhileRenewing(t *testing.T) {
	t.Parallel()
	for i := range 12 {
		b := newAuthBed(t, oauth.Options{})
		access, refresh := b.login.Issue()
		b.store(access, refresh, -time.Hour)
		cmd := b.command("--provider", "claude", "run", "hi")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(time.Duration(20+8*i)*time.Millisecond, func() { _ = cmd.Process.Kill() })
		_ = cmd.Wait()
		timer.Stop()
		if now, _ := b.stored(); now != access && !b.login.Valid(now) {
			t.Error("neither the old login nor the new one")
		}
	}
}

// A home that cannot be written still answers, and says what that costs.
func TestReadOnlyHome(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	access, refresh := b.login.Issue()
	b.login.Revoke(access)
	b.store(access, refresh, -time.Hour)
	b.unlogged()
	cmd := b.command("--provider", "claude", "run", "hi")
	home := filepath.Join(b.home, ".jcode")
	if os.Geteuid() == 0 { // for whom nothing is read-only
		for _, path := range []string{home, b.authFile()} {
			if err := os.Chown(path, 65534, 65534); err != nil {
				t.Fatal(err)
			}
		}
		openUp(t, b.home, b.project)
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	}
	if err := os.Chmod(home, 0o500); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(home, 0o700) })
	r := b.finish(cmd)
	r.want(t, 0, "could not be stored")
	if r.stdout != "echo: hi\n" {
		t.Errorf("stdout %q", r.stdout)
	}
}

// openUp lets another user into the folders and those above them that are ours.
func openUp(t *testing.T, dirs ...string) {
	t.Helper()
	for _, dir := range append(dirs, binDir) {
		for path := dir; path != "/" && path != os.TempDir(); path = filepath.Dir(path) {
			if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o001 == 0 {
				if err := os.Chmod(path, info.Mode().Perm()|0o055); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// Nothing that jcode writes anywhere at the most talkative level holds a token,
// except the file that it belongs into.
func TestNoTokenAtTraceLevel(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	access, refresh := b.login.Issue()
	b.login.Revoke(access)
	b.store(access, refresh, -time.Hour)
	for _, args := range [][]string{
		{"--log-level", "trace", "--provider", "claude", "run", "-o", "stream-json", "hi"},
		{"--log-level", "trace", "auth", "status", "--provider", "claude", "--probe", "--json"},
		{"--log-level", "trace", "doctor", "--provider", "claude", "--json"},
		{"--log-level", "trace", "models", "--provider", "claude"},
		{"--log-level", "trace", "logout", "--provider", "claude"},
	} {
		r := b.jcode(args...)
		r.want(t, 0)
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
	if content, _ := os.ReadFile(b.authFile()); strings.Contains(string(content), "anthropic") || !strings.Contains(string(content), "1.50") {
		t.Errorf("after the logout: %s", content)
	}
}

// The status tells the source, what was passed over and why, and never a secret.
func TestAuthStatusTellsTheSource(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	access, refresh := b.login.Issue()
	b.file(".jcode/auth.json", `{"anthropic":{"type":"oauth","access":"","refresh":"","expires":0}}`)
	b.file(".claude/.credentials.json", fmt.Sprintf(`{"claudeAiOauth":{"accessToken":%q,"refreshToken":%q,"expiresAt":"%d","scopes":"user:inference","subscriptionType":"pro"}}`,
		access, refresh, time.Now().Add(time.Hour).UnixMilli()))
	r := b.jcode("auth", "status", "--provider", "claude", "--json")
	r.want(t, 0)
	b.silent("auth status", r.stdout+r.stderr)
	var out struct {
		Providers []struct {
			State, Method, Source, Plan, Billing string
			ExpiresAt                            string `json:"expires_at"`
			Passed                               []struct{ Source, Reason string }
		}
	}
	if err := json.Unmarshal([]byte(r.stdout), &out); err != nil || len(out.Providers) != 1 {
		t.Fatalf("%v\n%s", err, r.stdout)
	}
	p := out.Providers[0]
	if p.State != "ok" || p.Method != "oauth" || !strings.HasSuffix(p.Source, ".claude/.credentials.json") || p.Plan != "pro" || p.Billing == "" || p.ExpiresAt == "" {
		t.Errorf("%+v", p)
	}
	if len(p.Passed) != 4 || !strings.Contains(p.Passed[3].Reason, "empty") || p.Passed[2].Source != "CLAUDE_CODE_OAUTH_TOKEN" {
		t.Errorf("%+v", p.Passed)
	}
}
