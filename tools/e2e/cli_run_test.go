//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// cliBed is a bed whose provider runs a stand-in for its vendor's program.
func cliBed(t *testing.T, program string, p standincli.Program) (*bed, *standincli.CLI) {
	t.Helper()
	cli := standincli.New(t, program, p)
	b := &bed{t: t, home: t.TempDir(), project: t.TempDir()}
	b.env = append(cli.Environment(), "PATH="+cli.Dir()+":/usr/bin:/bin", "HOME="+b.home, "TMPDIR="+os.TempDir())
	return b, cli
}

// The specified command lines, as a plain recording program sees them.
func TestCLIFloor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		provider, program string
		env               []string
		want              string // with PROMPT for the prompt
	}{
		{"cursor", "cursor-agent", nil, "-p --print --output-format text --model gpt-5 PROMPT"},
		{"cursor", "cursor-agent", []string{"JCODE_CURSOR_MODEL=sonnet-4"}, "-p --print --output-format text --model sonnet-4 PROMPT"},
		{"copilot", "copilot", nil, "-p PROMPT --allow-all-tools --model claude-sonnet-4"},
		{"copilot", "gh", []string{"JCODE_COPILOT_MODEL=gpt-5"}, "copilot -- -p PROMPT --allow-all-tools --model gpt-5"},
		{"antigravity", "antigravity", nil, "--model default -p PROMPT"},
		{"antigravity", "antigravity", []string{"JCODE_ANTIGRAVITY_PROMPT_FLAG=", "JCODE_ANTIGRAVITY_MODEL_FLAG=-m", "JCODE_ANTIGRAVITY_MODEL=x"}, "-m x PROMPT"},
	} {
		t.Run(tt.provider+" "+strings.Join(tt.env, " "), func(t *testing.T) {
			t.Parallel()
			b, cli := cliBed(t, tt.program, standincli.Program{{Arg: "--help"}, {Scripts: []string{"Hello\n\nfrom the stand-in\n"}}})
			b.env = append(b.env, tt.env...)
			r := b.jcode("--provider", tt.provider, "run", "Say hello from jcode")
			r.want(t, 0, "experimental")
			if r.stdout != "Hello\n\nfrom the stand-in\n" {
				t.Errorf("stdout %q", r.stdout)
			}
			calls := cli.Calls()
			if len(calls) != 2 || calls[0].Args[len(calls[0].Args)-1] != "--help" {
				t.Fatalf("calls %v", calls)
			}
			var args []string
			for _, arg := range calls[1].Args {
				if strings.HasSuffix(arg, "Conversation:\nUser:\nSay hello from jcode\n\nAssistant:\n") && strings.HasPrefix(arg, "System:\n") {
					arg = "PROMPT"
				}
				args = append(args, arg)
			}
			if got := strings.Join(args, " "); got != tt.want {
				t.Errorf("called with %s", got)
			}
			if calls[1].Pipe || calls[1].Dir != b.project {
				t.Errorf("stdin is a pipe: %v; in %s", calls[1].Pipe, calls[1].Dir)
			}
		})
	}
}

// What a program cannot keep is refused before it starts; what it lacks is told with
// the next step.
func TestCLIRefusals(t *testing.T) {
	t.Parallel()
	for _, p := range cliProviders {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			b, cli := cliBed(t, p.program, standincli.Program{{Arg: "--help"}, {Scripts: []string{"x\n"}}})
			for _, flag := range [][]string{{"--permission-mode", "read-only"}, {"--permission-mode", "auto"}, {"--max-turns", "3"}} {
				r := b.jcode(append([]string{"--provider", p.name, "run", "hi"}, flag...)...)
				r.want(t, 3, flag[0], p.name)
			}
			for _, call := range cli.Calls() {
				if len(call.Args) > 1 {
					t.Error("it ran:", call)
				}
			}
			b.env = append(b.env, "PATH=/usr/bin:/bin")
			b.jcode("--provider", p.name, "run", "hi").want(t, 3, "not installed", "try: ")
			b.jcode("--provider", p.name, "doctor").want(t, 1)
			if r := b.jcode("auth", "status", "--provider", p.name); !strings.Contains(r.stdout, "unknown") || !strings.Contains(r.stdout, "not installed") {
				t.Errorf("%s", r.stdout)
			}
		})
	}
}

// Whether somebody is logged in is one of three, and only --probe asks.
func TestCLIAuthStatus(t *testing.T) {
	t.Parallel()
	b, cli := cliBed(t, "cursor-agent", standincli.Program{{Arg: "--help"}, {Arg: "status", Scripts: []string{"Not logged in\n", "✓ Logged in as me@example.com\n"}}})
	state := func(args ...string) string {
		r := b.jcode(append([]string{"auth", "status", "--provider", "cursor"}, args...)...)
		first, _, _ := strings.Cut(r.stdout, "\n")
		return first
	}
	if got := state(); got != "cursor: unknown" || len(cli.Calls()) != 0 {
		t.Errorf("%s after %v", got, cli.Calls())
	}
	for _, want := range []string{"cursor: missing", "cursor: ok"} {
		if got := state("--probe"); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		asked := len(cli.Calls())
		if got := state(); got != want || len(cli.Calls()) != asked {
			t.Errorf("afterwards %q, want %q", got, want)
		}
	}
}

func TestCLIMarkedExperimental(t *testing.T) {
	t.Parallel()
	b, _ := cliBed(t, "cursor-agent", nil)
	for line := range strings.Lines(b.jcode("plugins", "list").stdout) {
		name, _, _ := strings.Cut(line, " ")
		experimental := name == "cursor" || name == "copilot" || name == "antigravity"
		if strings.Contains(line, "experimental") != experimental {
			t.Error(line)
		}
	}
	if got := b.jcode("plugins", "list", "--json").stdout; strings.Count(got, `"experimental": true`) != 3 {
		t.Error(got)
	}
}

// Without a terminal nothing waits for ever: lines are shown, and it ends.
func TestCLILoginWithoutTerminal(t *testing.T) {
	t.Parallel()
	b, _ := cliBed(t, "cursor-agent", standincli.Program{
		{Arg: "--help"},
		{Arg: "status", Scripts: []string{"Not logged in\n"}},
		{Arg: "login", Scripts: []string{"Visit https://cursor.com/loginDeepControl?challenge=abc\n!hang\n"}},
	})
	b.jcode("config", "set", "plugin.cursor.login_timeout", "2s").want(t, 0)
	r := b.jcode("login", "--provider", "cursor")
	r.want(t, 4, "Visit https://cursor.com/loginDeepControl?challenge=abc", "did not end in 2s", "try: jcode login --provider cursor, in a terminal")
}

// jcode is killed, or interrupted, while the program ignores everything and has left
// a child in a session of its own that holds its output.
func TestCLIKilled(t *testing.T) {
	t.Parallel()
	for name, signal := range map[string]syscall.Signal{"killed": syscall.SIGKILL, "interrupted": syscall.SIGINT} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b, _ := cliBed(t, "copilot", standincli.Program{{Arg: "--help"}, {Scripts: []string{"!deaf\n!holder\n!touch started\nx\n!hang\n"}}})
			mark := fmt.Sprintf("E2E_MARK=cli-%s-%s", name, filepath.Base(b.home))
			b.env = append(b.env, mark)
			cmd := b.command("--provider", "copilot", "run", "hold on")
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			b.await("started")
			began := time.Now()
			_ = cmd.Process.Signal(signal)
			if signal == syscall.SIGKILL {
				_ = cmd.Wait()
				noSurvivors(t, mark, 10*time.Second)
			} else {
				_ = cmd.Wait()
				noSurvivors(t, mark, 50*time.Second)
				if code := cmd.ProcessState.ExitCode(); code != 130 {
					t.Error("exit code", code)
				}
			}
			t.Logf("gone after %s", time.Since(began).Round(time.Millisecond))
		})
	}
}
