package e2e

import (
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/tools/standin/openaiauth"
)

// redirectTo gives the login an address of its own for the browser to come back to.
func (b *openAIBed) redirectTo() string {
	b.t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		b.t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	redirect := "http://localhost:" + port + "/callback"
	b.env = append(b.env, "JCODE_OPENAI_REDIRECT_URI="+redirect)
	return redirect
}

const loginPage = `http://127\S+/oauth/authorize\S+`

// browser opens a page and goes where it is sent, but for the last step of a paste.
func (b *openAIBed) browser(page string, follow bool) (status int, location string) {
	b.t.Helper()
	client := &http.Client{Timeout: time.Minute}
	if !follow {
		client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	response, err := client.Get(page)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = response.Body.Close()
	return response.StatusCode, response.Header.Get("Location")
}

// ended waits for a login on a terminal and looks for secrets on the screen.
func (b *openAIBed) ended(s *screen, code int) {
	b.t.Helper()
	_ = s.cmd.Wait()
	if got := s.cmd.ProcessState.ExitCode(); got != code {
		b.t.Errorf("exit code %d, want %d\n%s", got, code, s.text())
	}
	// A pasted address is shown as it is typed; that is the terminal's doing.
	b.silent("the terminal", s.text())
}

// From an empty home a person logs in with a browser and runs a prompt; the file is
// one that codex can work with. Others knock at the callback's port before the
// browser comes back. The port is one of its own, as 9876 is the machine's.
func strayRequestBeforeCallback(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Account: "acc-new"}, nil)
	redirect := b.redirectTo()
	s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	page := s.see(loginPage)
	address, err := url.Parse(page)
	if err != nil || address.Query().Get("redirect_uri") != redirect {
		t.Fatalf("%s %v", page, err)
	}
	callback, _ := url.Parse(redirect)
	for path, want := range map[string]int{"/favicon.ico": 404, "/callback": 400, "/callback?code=x&state=wrong": 400} {
		if status, _ := b.browser("http://"+callback.Host+path, true); status != want {
			t.Errorf("%s: %d", path, status)
		}
	}
	if status, _ := b.browser(page, true); status != 200 {
		t.Errorf("the last page: %d", status)
	}
	s.see("logged in to openai as someone@example.com")
	b.ended(s, 0)
	if file := b.stored(); file.Tokens.Account != "acc-new" || !b.login.Valid(file.Tokens.Access) {
		t.Errorf("account %q", file.Tokens.Account)
	}
	if info, err := os.Stat(b.authFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	run := b.run("Say hello from jcode")
	run.want(t, 0)
	if run.stdout != "echo: Say hello from jcode\n" {
		t.Errorf("stdout %q", run.stdout)
	}
	b.noViolations()
	b.jcode("logout", "--provider", "openai").want(t, 0)
	b.run("hi").want(t, 4, openAIRemedy)
}

// The address that the browser ended at can be pasted, and nothing else.
func TestOpenAIPastedLogin(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.redirectTo()
	s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	_, location := b.browser(s.see(loginPage), false)
	if location == "" {
		t.Fatal("the page sent nobody back")
	}
	back, _ := url.Parse(location)
	s.typed(back.Query().Get("code") + "\r")
	s.see("not the address of an answer|whole address")
	s.typed(location + "\r")
	s.see("logged in to openai as someone@example.com")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.text())
	}
	b.stored()
}

// What the page says to the person is what the login ends with.
func TestOpenAIDeniedLogin(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{Deny: "access_denied", DenyDescription: "missing_codex_entitlement"}, nil)
	b.redirectTo()
	s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	b.browser(s.see(loginPage), true)
	s.see("(?i)admin")
	b.ended(s, 4)
	if _, err := os.Stat(b.authFile()); err == nil {
		t.Error("a file after no login")
	}
}

// A code on another device; the person takes a while.
func TestOpenAIDeviceLogin(t *testing.T) {
	t.Parallel()
	for _, pending := range []int{403, 404} {
		t.Run(fmt.Sprint(pending), func(t *testing.T) {
			t.Parallel()
			b := newOpenAIBed(t, openaiauth.Options{Interval: 1, Polls: 2, PendingStatus: pending, OldUserCode: pending == 404}, nil)
			s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "device", "--no-browser"))
			s.see(`[0-9A-F]{4}-[0-9A-F]{5}`)
			s.see("logged in to openai as someone@example.com")
			b.ended(s, 0)
			b.stored()
		})
	}
}

// The specified address, what is said when its port is taken, and that Ctrl-C leaves
// neither listener nor file. One test: the port is the machine's.
func TestOpenAISpecifiedRedirect(t *testing.T) {
	const port = "127.0.0.1:9876"
	b := newOpenAIBed(t, openaiauth.Options{Redirects: openaiauth.Registered}, nil)
	s := onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	page := s.see(loginPage)
	if !strings.Contains(page, url.QueryEscape("http://localhost:9876/callback")) {
		t.Errorf("%s", page)
	}
	if status, _ := b.browser(page, true); status != 400 {
		t.Errorf("the page takes an address that is not registered: %d", status)
	}
	s.see("1455/auth/callback")
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	b.ended(s, 130)
	busy, err := net.Listen("tcp", port)
	if err != nil {
		t.Fatalf("the listener is still there: %v", err)
	}
	defer func() { _ = busy.Close() }()
	if _, err := os.Stat(b.authFile()); err == nil {
		t.Error("a file after no login")
	}
	s = onTerminal(t, b.command("login", "--provider", "openai", "--method", "browser", "--no-browser"))
	s.see(loginPage)
	s.see("9876")
	s.see("(?i)in use|must be free")
	if err := s.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	b.ended(s, 130)
}

// A key comes from standard input, never from the arguments.
func TestOpenAILoginWithKey(t *testing.T) {
	t.Parallel()
	b := newOpenAIBed(t, openaiauth.Options{}, nil)
	b.env = append(b.env, "JCODE_OPENAI_MODEL=gpt-5.5")
	cmd := b.command("login", "--provider", "openai", "--with-api-key")
	cmd.Stdin = strings.NewReader(apiKey + "\n")
	b.finish(cmd).want(t, 0)
	r := b.run("hi")
	r.want(t, 0)
	if posts := b.posts(); len(posts) != 1 || posts[0].Path != "/v1/responses" {
		t.Errorf("%+v", posts)
	}
}
