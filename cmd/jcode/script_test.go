package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/jcode-go/jcode/sdk/guard"
)

// commands are the programs that tests start: this same binary under other
// names.
var commands = map[string]func(){
	"jcode":               main,
	"jcode-provider-fake": fakeMain,
}

// noExitSleep is the value of GORACE that keeps a program built with the race
// detector from sleeping a second before it exits.
const noExitSleep = "atexit_sleep_ms=0"

func TestMain(m *testing.M) {
	guard.Main()
	testscript.Main(m, commands)
}

func TestScript(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir: filepath.Join("testdata", "script"), RequireExplicitExec: true, Setup: setupScript,
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": scriptExits, "checkstream": scriptCheckStream, "wrong": scriptWrong,
		},
	})
}

// setupScript gives a script a home of its own and the fake plugin.
func setupScript(env *testscript.Env) error {
	path, err := lookPath(env.Getenv("PATH"), "jcode-provider-fake")
	if err != nil {
		return err
	}
	folder := filepath.Join(env.WorkDir, "plugins")
	if err := installFake(folder, path); err != nil {
		return err
	}
	env.Setenv("FAKE", filepath.Join(folder, filepath.Base(path)))
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("JCODE_HOME", filepath.Join(env.WorkDir, "jcode-home"))
	env.Setenv("JCODE_PLUGIN_PATH", folder)
	env.Setenv("JCODE_SYSTEM_CONFIG", "")
	env.Setenv("TERM", "xterm")
	env.Setenv("GORACE", noExitSleep)
	if err := os.WriteFile(filepath.Join(env.WorkDir, "nul.bin"), []byte("a\x00b"), 0o600); err != nil {
		return err
	}
	return os.MkdirAll(filepath.Join(env.WorkDir, "home"), 0o700)
}

func lookPath(path, name string) (string, error) {
	for _, dir := range filepath.SplitList(path) {
		for _, ext := range []string{"", ".exe"} {
			if file := filepath.Join(dir, name+ext); fileExists(file) {
				return file, nil
			}
		}
	}
	return "", fmt.Errorf("%s is not on the path", name)
}

func fileExists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// installFake puts the fake plugin with its manifest into folder.
func installFake(folder, program string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	target := filepath.Join(folder, filepath.Base(program))
	if err := os.Link(program, target); err != nil {
		data, err := os.ReadFile(program)
		if err != nil {
			return err
		}
		if err := os.WriteFile(target, data, 0o755); err != nil {
			return err
		}
	}
	const manifest = `schema = 1
name = "fake"
version = "1.2.3"
display = "Fake"
protocol = [1]
kind = "http"
rank = 5

[environment]
variables = ["FAKE_KEY"]
`
	return os.WriteFile(filepath.Join(folder, "jcode-provider-fake.plugin.toml"), []byte(manifest), 0o600)
}

// scriptExits runs a program and wants this exit code: exits CODE program args.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE program args...")
	}
	got := 0
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		got = exitCodeOf(err)
	}
	if fmt.Sprint(got) != args[0] {
		ts.Fatalf("exit code %d, want %s", got, args[0])
	}
}

// scriptWrong runs `jcode run` with a command line that cannot be: wrong PATTERN
// args. It wants exit code 2, nothing on stdout, the pattern in the first line of
// stderr, and a second line with what to do.
func scriptWrong(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: wrong PATTERN args...")
	}
	pattern, err := regexp.Compile(args[0])
	ts.Check(err)
	scriptExits(ts, false, append([]string{"2", "jcode", "run"}, args[1:]...))
	lines := strings.Split(strings.TrimRight(ts.ReadFile("stderr"), "\n"), "\n")
	if len(lines) != 2 || !strings.HasPrefix(lines[0], "jcode: ") || !pattern.MatchString(lines[0]) || !strings.HasPrefix(lines[1], "  try: ") {
		ts.Fatalf("%q says\n%s", args[1:], strings.Join(lines, "\n"))
	}
	if out := ts.ReadFile("stdout"); out != "" {
		ts.Fatalf("stdout: %s", out)
	}
}

func exitCodeOf(err error) int {
	if e, ok := err.(interface{ ExitCode() int }); ok {
		return e.ExitCode()
	}
	return -1
}

// scriptCheckStream checks the last stdout, or a file, as stream-json; further
// arguments are kinds of events that must be there, in that order.
func scriptCheckStream(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: checkstream stdout|FILE [TYPE/SUBTYPE...]")
	}
	var failed bytes.Buffer
	lines := checkStreamText(&failed, []byte(ts.ReadFile(args[0])))
	if failed.Len() > 0 {
		ts.Fatalf("%s", failed.String())
	}
	want := args[1:]
	for _, line := range lines {
		kind := fmt.Sprint(line["type"])
		if subtype, ok := line["subtype"].(string); ok {
			kind += "/" + subtype
		}
		if len(want) > 0 && kind == want[0] {
			want = want[1:]
		}
	}
	if len(want) > 0 {
		ts.Fatalf("no %s in\n%s", strings.Join(want, ", then "), ts.ReadFile(args[0]))
	}
}
