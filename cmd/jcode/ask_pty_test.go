//go:build unix

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const askForSudo = `{"command":"sudo -n true && echo '\u001b[8mhidden'"}`

// A person is asked, sees all of the command, and decides.
func TestQuestion(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		keys string
		exit int
		want string
	}{
		"no":             {"n\r", 0, `tool said: Error: denied: the user refused it\r\n`},
		"no, with words": {"try without sudo\r", 0, `tool said: Error: denied: the user refused it and says:\s+try without sudo`},
		"a slip":         {"x\r", 0, `the user refused it`},
		"Ctrl-C":         {"\x03", 130, `jcode: interrupted\r\n`},
		"Ctrl-D":         {"\x04", 130, `jcode: interrupted\r\n`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onPTY(t, "run", "tool", "bash", askForSudo)
			s.see(t, `bash wants to run, in (?s:.*):\r\n    sudo -n true && echo '\\x1b\[8mhidden'\r\n +why you are asked: sudo changes the user\r\n(?s:.*)allow \(y/s/n\): `)
			s.press(t, test.keys)
			if test.keys == "x\r" {
				s.see(t, `type y, n or the reason for a no; s allows it for this session\r\nallow \(y/s/n\): `)
				s.press(t, "n\r")
			}
			s.see(t, test.want)
			if code := s.end(t); code != test.exit {
				t.Errorf("exit %d, want %d: %q", code, test.exit, s.text())
			}
		})
	}
}

// What is allowed for the session holds in its later runs, and only there.
func TestQuestionForTheSession(t *testing.T) {
	t.Parallel()
	call := []string{"tool", "write", `{"file_path":"sub/a.txt","content":"x"}`}
	s := onPTY(t, append([]string{"run", "--permission-mode", "read-only"}, call...)...)
	s.see(t, `write wants to write:\r\n    \S+/sub/a.txt\r\n(?s:.*)s for this session: write\(sub/\*\*\),\r\n(?s:.*)allow \(y/s/n\): `)
	s.press(t, "s\r")
	s.see(t, `session\s+2.*\n`)
	if code := s.end(t); code != 0 || !fileExists(filepath.Join(s.Dir, "sub", "a.txt")) {
		t.Fatalf("exit %d: %q", code, s.text())
	}
	again := func(args ...string) string {
		if err := os.Remove(filepath.Join(s.Dir, "sub", "a.txt")); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		cmd := exec.Command("jcode", append(append([]string{"run", "--permission-mode", "read-only"}, args...), call...)...)
		cmd.Env, cmd.Dir = s.Env, s.Dir
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatal(err, string(out))
		}
		return string(out)
	}
	if out := again("-c"); strings.Contains(out, "denied") || !fileExists(filepath.Join(s.Dir, "sub", "a.txt")) {
		t.Errorf("resumed: %s", out)
	}
	if out := again("--ephemeral"); !strings.Contains(out, "denied") {
		t.Errorf("another session: %s", out)
	}
}

// Nobody is asked where nobody would answer, nor about what nobody may allow.
func TestNoQuestion(t *testing.T) {
	t.Parallel()
	for name, args := range map[string][]string{
		"quiet":       {"run", "-q", "tool", "bash", askForSudo},
		"for JSON":    {"run", "-o", "json", "tool", "bash", askForSudo},
		"--no-ask":    {"run", "--no-ask", "tool", "bash", askForSudo},
		"a setting":   {"run", "--set", "ask=never", "tool", "bash", askForSudo},
		"a deny rule": {"run", "--deny", "bash(sudo *)", "tool", "bash", askForSudo},
		"credentials": {"run", "tool", "bash", `{"command":"cat $JCODE_HOME/auth.json"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onPTY(t, args...)
			if code := s.end(t); code != 0 {
				t.Errorf("exit %d", code)
			}
			s.see(t, `denied`)
			if strings.Contains(s.text(), "allow (") {
				t.Errorf("asked: %q", s.text())
			}
		})
	}
}

// --timeout is over while the question is open.
func TestQuestionTimesOut(t *testing.T) {
	t.Parallel()
	s := onPTY(t, "run", "--timeout", "10s", "tool", "bash", askForSudo)
	if code := s.end(t); code != 124 {
		t.Errorf("exit %d: %q", code, s.text())
	}
	s.see(t, `allow \(y/s/n\): (?s:.*)jcode: (?s:.*)10s`)
}
