//go:build unix

package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

// cliProvider is a provider that runs its vendor's program.
type cliProvider struct {
	name, program string
	login         string // the specified arguments, as a stand-in without a help sees them
	loggedIn      string // what the program says when it is asked who is logged in
}

var cliProviders = []cliProvider{
	{"cursor", "cursor-agent", "login", "✓ Logged in as me@example.com\n"},
	{"copilot", "copilot", "-i /login", "!stderr Error: Model \"jcode-asks-who-is-logged-in\" from --model flag is not available.\n!exit 1\n"},
	{"antigravity", "antigravity", "login", ""},
}

// tmuxBed is a shell in a terminal of 100 by 30, with a provider's stand-in in its
// PATH.
type tmuxBed struct {
	t            *testing.T
	socket, mark string
	home         string
	cli          *standincli.CLI
	runs, checks int
}

func newTmuxBed(t *testing.T, p cliProvider, console string) *tmuxBed {
	t.Helper()
	first, _, _ := strings.Cut(p.login, " ")
	cli := standincli.New(t, p.program, standincli.Program{
		{Arg: "--help"}, {Arg: first, Scripts: []string{console}}, {Arg: "status", Scripts: []string{p.loggedIn}}, {Arg: "-s", Scripts: []string{p.loggedIn}},
	})
	b := newTmux(t, t.TempDir(), append(cli.Environment(), "PATH="+binDir+":"+cli.Dir()+":/usr/bin:/bin"))
	b.cli = cli
	return b
}

// newTmux is one with this home and environment.
func newTmux(t *testing.T, home string, env []string) *tmuxBed {
	t.Helper()
	if _, err := exec.LookPath("tmux"); err != nil {
		t.Skip("SKIPPED: tmux is not installed")
	}
	b := &tmuxBed{t: t, home: home}
	b.socket = filepath.Join(shortFolder(t), "tmux")
	b.mark = "E2E_MARK=tmux-" + filepath.Base(filepath.Dir(b.socket))
	env = append(env, "HOME="+b.home, "LANG=C.UTF-8", "PS1=$ ", b.mark)
	b.tmux("new-session", "-d", "-x", "100", "-y", "30", "env", "-i", strings.Join(quoteAll(append(env, "TERM=screen")), " ")+" bash --norc --noprofile -i")
	t.Cleanup(func() { b.tmux("kill-server") })
	b.tmux("set", "-g", "status", "off")
	return b
}

// shortFolder is one whose path a socket can have.
func shortFolder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "t") //nolint:usetesting // that one's name is too long for a socket
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func quoteAll(words []string) []string {
	out := make([]string, 0, len(words))
	for _, word := range words {
		out = append(out, "'"+word+"'")
	}
	return out
}

func (b *tmuxBed) tmux(args ...string) string {
	b.t.Helper()
	if args[0] == "new-session" { // the command is one word for its shell
		args = append(args[:6:6], strings.Join(args[6:], " "))
	}
	cmd := exec.Command("tmux", append([]string{"-S", b.socket, "-f", "/dev/null"}, args...)...)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	if err != nil && args[0] != "kill-server" {
		b.t.Fatalf("tmux %v: %v\n%s", args, err, out)
	}
	return string(out)
}

// types sends text and the key Enter.
func (b *tmuxBed) types(text string) {
	b.t.Helper()
	b.tmux("send-keys", "-l", text)
	b.tmux("send-keys", "Enter")
}

// sees waits until the screen shows text.
func (b *tmuxBed) sees(text string) {
	b.t.Helper()
	var screen string
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); <-time.After(20 * time.Millisecond) {
		if screen = b.tmux("capture-pane", "-p", "-e", "-J"); strings.Contains(screen, text) {
			return
		}
	}
	b.t.Fatalf("the screen does not show %q:\n%s", text, screen)
}

// starts runs a command on an empty screen.
func (b *tmuxBed) starts(command string) {
	b.t.Helper()
	b.runs++
	b.types(fmt.Sprintf("clear; %s; echo status-$? ended-$((%d+1))", command, b.runs))
}

// ended waits until the command has left: until then it takes what is typed.
func (b *tmuxBed) ended() {
	b.t.Helper()
	b.sees(fmt.Sprintf("ended-%d", b.runs+1))
}

// works checks that the terminal is as a shell wants it: it echoes, takes lines, and
// shows the caret on its usual screen.
func (b *tmuxBed) works() {
	b.t.Helper()
	b.checks++
	b.types(fmt.Sprintf("echo works-$((%d+1)); stty -a | tr ' ;' '\\n\\n' | grep -x -e icanon -e echo -e isig | xargs echo modes-%d", b.checks, b.checks))
	b.sees(fmt.Sprintf("works-%d", b.checks+1))
	b.sees(fmt.Sprintf("modes-%d isig icanon echo", b.checks))
	if shown := strings.TrimSpace(b.tmux("display-message", "-p", "#{cursor_flag}#{alternate_on}#{mouse_any_flag}")); shown != "100" {
		b.t.Errorf("caret, other screen, mouse: %s", shown)
	}
}

// killPlugin kills the provider's plugin in the middle of its work.
func (b *tmuxBed) killPlugin(name string) {
	b.t.Helper()
	killed := 0
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		command, err := os.ReadFile(file)
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		if err != nil || !strings.HasPrefix(string(command), "jcode-provider-"+name) && !strings.Contains(string(command), "/jcode-provider-"+name) {
			continue
		}
		if environ, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "environ")); !strings.Contains(string(environ), "HOME="+b.home+"\x00") {
			continue
		}
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			killed++
		}
	}
	if killed == 0 {
		b.t.Error("no plugin was found to kill")
	}
}

// A person logs in at a terminal: sees colours, types, resizes, presses Ctrl-C; the
// plugin dies; the terminal works afterwards.
func TestCLILoginInTmux(t *testing.T) {
	for _, p := range cliProviders {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			b := newTmuxBed(t, p, "!console\n")
			login := "jcode login --provider " + p.name

			b.starts(login)
			b.sees("\x1b[32mready\x1b[39m 30x100")
			b.types("hello")
			b.sees(`got "hello"`)
			b.tmux("resize-window", "-x", "90", "-y", "25")
			b.sees("resized 25x90")
			b.types("done")
			b.sees("logged in to " + p.name)
			b.ended()
			b.works()
			if args := strings.Join(b.cli.With(strings.Fields(p.login)[0])[0].Args, " "); args != p.login {
				t.Errorf("the login ran %q", args)
			}

			b.starts(login)
			b.sees("ready")
			b.tmux("send-keys", "C-c")
			b.sees("interrupted")
			b.ended()
			b.works()

			b.starts(login)
			b.sees("ready")
			b.killPlugin(p.name)
			b.sees("connection to the plugin lost")
			b.ended()
			b.works()
			b.tmux("send-keys", "C-d")
			noSurvivors(t, b.mark, 20*time.Second)
		})
	}
}

// A program that ignores Ctrl-C is left by three of them.
func TestCLILoginGivenUp(t *testing.T) {
	t.Parallel()
	b := newTmuxBed(t, cliProviders[0], "!console deaf\n")
	b.starts("jcode login --provider cursor")
	b.sees("ready")
	b.tmux("send-keys", "C-c")
	b.sees("deaf")
	b.tmux("send-keys", "C-c", "C-c", "C-c")
	b.sees("status-130")
	b.ended()
	b.works()
	b.tmux("send-keys", "C-d")
	noSurvivors(t, b.mark, 20*time.Second)
}
