//go:build linux

package e2e

import (
	"bytes"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
)

// What jcode writes at a login and at a renewal is what codex needs, and what codex
// writes at a renewal is what jcode needs.
func TestVendorCodexSharesTheLogin(t *testing.T) {
	b := newCodexBed(t, openaiauth.Options{Account: "acc-shared"})
	if b == nil {
		return
	}
	b.redirectTo()
	s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	b.browser(s.see(loginPage), true)
	s.see("logged in to openai")
	b.ended(s, 0)
	b.wantAnswer(b.codex("after the login"), "after the login", "acc-shared")

	b.expired()
	b.run("renew it").want(t, 0)
	if b.refreshes(200) != 1 {
		t.Errorf("%+v", b.login.Requests())
	}
	b.kept()
	b.wantAnswer(b.codex("after a renewal by jcode"), "after a renewal by jcode", b.kept().Tokens.Account)

	b.file(".codex/auth.json", string(b.login.Issue(-time.Hour).CodexFile(time.Now().Add(-time.Hour))))
	b.wantAnswer(b.codex("renewed by codex"), "renewed by codex", "acc-shared")
	r := b.run("after a renewal by codex")
	r.want(t, 0)
	if r.stdout != "echo: after a renewal by codex\n" || b.refreshes(200) != 2 || b.refreshes(401) != 0 {
		t.Errorf("%q %+v", r.stdout, b.login.Requests())
	}
}

// Many jcodes and codex find one expired login at once: everybody answers, and
// nobody is told to log in.
func TestVendorCodexRace(t *testing.T) {
	b := newCodexBed(t, openaiauth.Options{Account: "acc-shared"})
	if b == nil {
		return
	}
	for round := range 3 {
		b.file(".codex/auth.json", string(b.login.Issue(-time.Hour).CodexFile(time.Now().Add(-time.Hour))))
		b.raceWithCodex(t)
		if file := b.stored(); !b.login.Valid(file.Tokens.Access) {
			t.Error("the stored token is not valid")
		}
		t.Logf("round %d: %d renewals, %d came second", round, b.refreshes(200), b.refreshes(401))
	}
}

// Both ask for new tokens at the same moment: the server answers the first only when
// the second has asked, too. One of them comes second and takes what the first got.
func TestVendorCodexAsksAtTheSameMoment(t *testing.T) {
	var meet meeting
	b := newCodexBed(t, openaiauth.Options{Account: "acc-shared", Before: meet.wait})
	if b == nil {
		return
	}
	for round := range 4 {
		b.file(".codex/auth.json", string(b.login.Issue(-time.Hour).CodexFile(time.Now().Add(-time.Hour))))
		meet.begin(round%2 == 0)
		b.raceWithCodex(t)
		if file := b.stored(); !b.login.Valid(file.Tokens.Access) {
			t.Error("the stored token is not valid")
		}
		t.Logf("round %d: %s", round, meet.told())
	}
	if b.refreshes(401) == 0 {
		t.Error("nobody ever came second: this was no race")
	}
}

// meeting holds token requests until two clients have asked.
type meeting struct {
	mu       sync.Mutex
	both     chan struct{}
	asked    []string
	lastWins bool
}

func (m *meeting) begin(lastWins bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.both, m.asked, m.lastWins = make(chan struct{}), nil, lastWins
}

func (m *meeting) told() string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return strings.Join(m.asked, ", then ")
}

// wait is an openaiauth.Options.Before.
func (m *meeting) wait(_ http.ResponseWriter, r *http.Request, _ string) bool {
	m.mu.Lock()
	m.asked = append(m.asked, strings.SplitN(r.UserAgent()+"/", "/", 2)[0])
	both, n, lastWins := m.both, len(m.asked), m.lastWins
	if n == 2 {
		close(both)
	}
	m.mu.Unlock()
	if n > 2 {
		return false
	}
	patience := time.NewTimer(5 * time.Second) // the other may have seen a fresh file
	defer patience.Stop()
	select {
	case <-both:
	case <-patience.C:
	case <-r.Context().Done():
	}
	if (n == 1) == lastWins { // the other goes first
		<-time.After(50 * time.Millisecond)
	}
	return false
}

// raceWithCodex starts codex behind the barrier as well.
func (b *codexBed) raceWithCodex(t *testing.T) {
	t.Helper()
	gate, open, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := behind(gate, b.codexCommand("in the race"))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = gate.Close()
	var codex sync.WaitGroup
	codex.Go(func() {
		if err := cmd.Wait(); err != nil || !strings.Contains(stdout.String(), "echo: in the race") {
			t.Errorf("codex: %v\n%s\n%s", err, clip(stdout.String()), clip(stderr.String()))
		}
	})
	b.atOnce(t, 8, "openai", func() { _ = open.Close() }, b.silent)
	codex.Wait()
	for _, trouble := range []string{"ERROR: ", "log in", "sign in"} {
		if strings.Contains(stderr.String(), trouble) {
			t.Errorf("codex says %q:\n%s", trouble, clip(stderr.String()))
		}
	}
}
