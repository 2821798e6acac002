//go:build unix

package main

import (
	"io"
	"os"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/term"
)

// screenTest is a jcode process on a terminal of its own.
type screenTest struct {
	*running
	master, slave *os.File

	mu  sync.Mutex
	all strings.Builder
}

// onPTY starts jcode with all three streams on a terminal.
func onPTY(t *testing.T, args ...string) *screenTest {
	t.Helper()
	r := prepareJcode(t, args...)
	r.Env = append(r.Env, "TERM=xterm", "LANG=C.UTF-8", "NO_COLOR=1", "SSH_CONNECTION=", "BROWSER=", "DISPLAY=", "WAYLAND_DISPLAY=")
	master, slave, err := pty.Open()
	if err != nil {
		t.Skip("no pseudo-terminal here: ", err)
	}
	t.Cleanup(func() { _ = master.Close(); _ = slave.Close() })
	if err := pty.Setsize(master, &pty.Winsize{Rows: 24, Cols: 60}); err != nil {
		t.Fatal(err)
	}
	s := &screenTest{running: r, master: master, slave: slave}
	r.Stdin, r.Stdout, r.Stderr = slave, slave, slave
	r.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	r.start(t)
	go s.copy()
	return s
}

func (s *screenTest) copy() {
	buffer := make([]byte, 4096)
	for {
		n, err := s.master.Read(buffer)
		s.mu.Lock()
		s.all.Write(buffer[:n])
		s.mu.Unlock()
		if err != nil {
			return
		}
	}
}

func (s *screenTest) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all.String()
}

func (s *screenTest) see(t *testing.T, pattern string) {
	t.Helper()
	expression := regexp.MustCompile(pattern)
	defer func() {
		if t.Failed() {
			t.Logf("the terminal shows %q", s.text())
		}
	}()
	wait(t, "seeing "+pattern, func() bool { return expression.MatchString(s.text()) })
}

func (s *screenTest) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(s.master, keys); err != nil {
		t.Fatal(err)
	}
}

// cooked fails unless the terminal echoes and edits lines, as before.
func (s *screenTest) cooked(t *testing.T, before *term.State) {
	t.Helper()
	after, err := term.GetState(int(s.slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if *before != *after {
		t.Errorf("the terminal is not as it was: %v, %v", before, after)
	}
}

// shown is the text as a person sees it: the status line's repaints undone.
func shown(text string) string {
	var lines []string
	for line := range strings.Lines(strings.ReplaceAll(text, "\r\n", "\n")) {
		if i := strings.LastIndex(line, "\r\x1b[K"); i >= 0 {
			line = line[i+len("\r\x1b[K"):]
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "")
}

func TestTerminalShowsProgressAndCleansUp(t *testing.T) {
	t.Parallel()
	s := onPTY(t, "run", "tool", "bash", `{"command":"echo working; sleep 1.2; echo done; exit 4"}`)
	s.see(t, `… bash \d`)
	s.see(t, `session\s+2.*\n`)
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	got := shown(s.text())
	order := []string{"fake · fake-1", "Let me see.\n", "● bash echo working", "  exit 4 ", "\ntool said: working\ndone", "2 turns"}
	for _, want := range order {
		i := strings.Index(got, want)
		if i < 0 {
			t.Fatalf("no %q, or too early, in what is left: %q", want, got)
		}
		got = got[i:]
	}
	if strings.Contains(shown(s.text()), "waiting for") {
		t.Errorf("a status line was left: %q", shown(s.text()))
	}
}

func TestTerminalCtrlC(t *testing.T) {
	t.Parallel()
	s := onPTY(t, "run", "tool", "bash", `{"command":"sleep 300"}`)
	before, err := term.GetState(int(s.slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	s.see(t, `… bash \d`)
	s.press(t, "\x03")
	if code := s.end(t); code != 130 {
		t.Errorf("exit %d", code)
	}
	s.cooked(t, before)
	s.see(t, `jcode: interrupted\r\n`)
	if text := shown(s.text()); strings.Contains(text, "… bash") {
		t.Errorf("shown: %q", text)
	}
}

// login starts a login and returns the state of the terminal before any
// question: the child may not have begun, so it is the one that was made.
func login(t *testing.T, args ...string) (*screenTest, *term.State) {
	t.Helper()
	s := onPTY(t, append([]string{"login"}, args...)...)
	master, slave, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = master.Close(); _ = slave.Close() }()
	fresh, err := term.GetState(int(slave.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	return s, fresh
}

func TestLoginAsksWithoutEcho(t *testing.T) {
	t.Parallel()
	s, before := login(t)
	s.see(t, `How do you want to log in to fake\?\r?\n +1 +Ask\r?\n +2 +API key`)
	s.press(t, "9\r")
	s.see(t, `none of these: "9"`)
	s.press(t, "\r")
	s.see(t, `http://127\.0\.0\.1:1/authorize\?x=y`)
	s.see(t, `Code: `)
	s.press(t, "hunter2\r")
	s.see(t, `logged in to fake as someone with 7 letters`)
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	if strings.Contains(s.text(), "hunter2") {
		t.Error("the secret was shown")
	}
	s.cooked(t, before)
}

// Whoever names the provider is not asked how: it knows what is best here.
func TestLoginWithoutMenu(t *testing.T) {
	t.Parallel()
	s, before := login(t, "--provider", "fake")
	s.see(t, `Code: `)
	s.press(t, "abc\r")
	s.see(t, `logged in to fake as someone with 3 letters`)
	if code := s.end(t); code != 0 || strings.Contains(s.text(), "How do you want") {
		t.Errorf("exit %d: %s", code, s.text())
	}
	s.cooked(t, before)
}

// What is said while a question is open, or was just withdrawn, stands in lines of its
// own: the terminal does not return the carriage then.
func TestLoginNoticeDuringAQuestion(t *testing.T) {
	t.Parallel()
	s, before := login(t, "--method", "late")
	s.see(t, `waiting for the first\r\n(?s:.*)First \(\d+ s left\): (?s:.*)still\r\nwaiting\r\n(?s:.*)too\r\nlate\r\n(?s:.*)Code \(`)
	s.press(t, "abc\r")
	s.see(t, `logged in to fake as someone with 3 letters`)
	if code := s.end(t); code != 0 || regexp.MustCompile(`[^\r]\n`).MatchString(s.text()) {
		t.Errorf("exit %d: %q", code, s.text())
	}
	s.cooked(t, before)
}

func TestLoginInterrupted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		act  func(*screenTest, *testing.T)
		exit int
	}{
		"Ctrl-C":  {func(s *screenTest, t *testing.T) { s.press(t, "\x03") }, 130},
		"SIGTERM": {func(s *screenTest, _ *testing.T) { _ = s.Process.Signal(syscall.SIGTERM) }, 143},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, before := login(t, "--method", "ask")
			s.see(t, `Code: `)
			test.act(s, t)
			if code := s.end(t); code != test.exit {
				t.Errorf("exit %d, want %d: %s", code, test.exit, s.text())
			}
			s.cooked(t, before)
		})
	}
}

// The vendor's program gets every key, Ctrl-C included, and the terminal is as
// it was afterwards.
func TestLoginLendsTheTerminal(t *testing.T) {
	t.Parallel()
	s, before := login(t, "--method", "terminal")
	s.see(t, `vendor ready`)
	s.press(t, "\x03")
	s.see(t, `<03>`)
	s.press(t, "\x1b[A")
	s.see(t, `<1b5b41>`)
	s.press(t, "q")
	s.see(t, `logged in to fake as vendor user`)
	if code := s.end(t); code != 0 {
		t.Errorf("exit %d", code)
	}
	s.cooked(t, before)
}

func TestLoginThreeCtrlCTakeTheTerminalBack(t *testing.T) {
	t.Parallel()
	s, before := login(t, "--method", "terminal")
	s.see(t, `vendor ready`)
	s.press(t, "\x03\x03\x03")
	if code := s.end(t); code != 130 {
		t.Errorf("exit %d: %s", code, s.text())
	}
	s.cooked(t, before)
}

func TestLoginKilledWhileTheTerminalIsLent(t *testing.T) {
	t.Parallel()
	s, before := login(t, "--method", "terminal")
	s.see(t, `vendor ready`)
	_ = s.Process.Signal(syscall.SIGTERM)
	if code := s.end(t); code != 143 {
		t.Errorf("exit %d: %s", code, s.text())
	}
	s.cooked(t, before)
}

func TestGivingUpTakesThreePressesWithinTwoSeconds(t *testing.T) {
	t.Parallel()
	now := time.Now()
	l := &lentTerminal{now: func() time.Time { return now }}
	for i, step := range []struct {
		after time.Duration
		typed string
		want  bool
	}{
		{0, "\x03", false},
		{0, "\x03", false},
		{3 * time.Second, "\x03", false},
		{time.Second, "x\x03", false},
		{time.Second, "\x03", true},
	} {
		now = now.Add(step.after)
		if got := l.gaveUp([]byte(step.typed)); got != step.want {
			t.Errorf("step %d: %v", i, got)
		}
	}
}
