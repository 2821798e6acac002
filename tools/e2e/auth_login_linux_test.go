package e2e

import (
	"bytes"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
	"unsafe"

	"github.com/jcode-go/jcode/tools/standin/oauth"
)

// From an empty home a person logs in, in a terminal, and runs a prompt.
func TestLoginThenRun(t *testing.T) {
	t.Parallel()
	b := newAuthBed(t, oauth.Options{})
	s := onTerminal(t, b.command("login", "--provider", "claude", "--no-browser"))
	page := s.see(`http://127\S+/oauth/authorize\S+`)
	s.see("Paste the code")
	s.typed(b.visit(page) + "\r")
	s.see("logged in to claude as someone@example.com")
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v\n%s", err, s.text())
	}
	b.silent("the terminal", s.text())
	run := b.jcode("--provider", "claude", "run", "Say hello from jcode")
	run.want(t, 0)
	if run.stdout != "echo: Say hello from jcode\n" {
		t.Errorf("stdout %q", run.stdout)
	}
	info, err := os.Stat(b.authFile())
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info, err)
	}
	b.jcode("logout", "--provider", "claude").want(t, 0)
	b.jcode("--provider", "claude", "run", "hi").want(t, 4, loginRemedy)
}

// visit does what a browser would and returns what the page shows.
func (b *authBed) visit(page string) string {
	b.t.Helper()
	response, err := (&http.Client{Timeout: time.Minute}).Get(page)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	var body bytes.Buffer
	if _, err := body.ReadFrom(response.Body); err != nil {
		b.t.Fatal(err)
	}
	found := regexp.MustCompile(`<p id=code>(\S+)</p>`).FindStringSubmatch(body.String())
	if found == nil {
		b.t.Fatalf("the page shows no code: %s", body.String())
	}
	return found[1]
}

// screen is a program on a terminal of its own.
type screen struct {
	t      *testing.T
	cmd    *exec.Cmd
	master *os.File

	mu   sync.Mutex
	seen bytes.Buffer
}

func onTerminal(t *testing.T, cmd *exec.Cmd) *screen {
	t.Helper()
	master, slave := openTerminal(t)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = slave, slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	cmd.Env = append(cmd.Env, "TERM=xterm")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = slave.Close()
	s := &screen{t: t, cmd: cmd, master: master}
	go s.read()
	return s
}

func openTerminal(t *testing.T) (master, slave *os.File) {
	t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no terminals here:", err)
	}
	t.Cleanup(func() { _ = master.Close() })
	var number, unlock uint32
	for request, value := range map[uintptr]*uint32{syscall.TIOCSPTLCK: &unlock, syscall.TIOCGPTN: &number} {
		_, _, errno := syscall.Syscall(syscall.SYS_IOCTL, master.Fd(), request, uintptr(unsafe.Pointer(value)))
		if errno != 0 {
			t.Fatal(errno)
		}
	}
	slave, err = os.OpenFile(fmt.Sprintf("/dev/pts/%d", number), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	return master, slave
}

func (s *screen) read() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.master.Read(buffer)
		s.mu.Lock()
		s.seen.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.seen.String()
}

// see waits until the screen shows a pattern and returns what matched.
func (s *screen) see(pattern string) string {
	s.t.Helper()
	expression := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		// A whole line: a piece of an address would match too.
		text := s.text()
		if found := expression.FindStringIndex(text); found != nil && (found[1] < len(text) || !strings.Contains(pattern, `\S`)) {
			return text[found[0]:found[1]]
		}
	}
	s.t.Fatalf("the screen does not show %s:\n%s", pattern, s.text())
	return ""
}

func (s *screen) typed(text string) {
	s.t.Helper()
	if _, err := s.master.WriteString(text); err != nil {
		s.t.Fatal(err)
	}
}
