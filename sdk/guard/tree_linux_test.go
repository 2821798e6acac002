package guard_test

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/guard"
)

func TestExit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script, text string
		want               guard.Exit
	}{
		{"success", "exit 0", "exit status 0", guard.Exit{}},
		{"failure", "exit 1", "exit status 1", guard.Exit{Code: 1}},
		{"not found", "exec /does/not/exist", "exit status 127", guard.Exit{Code: 127}},
		{"largest", "exit 255", "exit status 255", guard.Exit{Code: 255}},
		{"killed", "kill -9 $$", "signal: killed", guard.Exit{Code: -1, Signal: syscall.SIGKILL}},
		{"terminated", "kill -15 $$", "signal: terminated", guard.Exit{Code: -1, Signal: syscall.SIGTERM}},
		{"hung up", "kill -1 $$", "signal: hangup", guard.Exit{Code: -1, Signal: syscall.SIGHUP}},
		{"dumped", "ulimit -c 0; kill -11 $$", "signal: segmentation fault", guard.Exit{Code: -1, Signal: syscall.SIGSEGV}},
		{"like a signal", "exit 137", "exit status 137", guard.Exit{Code: 137}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, _, _ := start(t, tt.script)
			exit, err := tree.Wait(t.Context())
			if err != nil || exit != tt.want || exit.String() != tt.text || exit.Success() != (tt.name == "success") {
				t.Errorf("%v, %v; want %v", exit, err, tt.want)
			}
			if err := tree.WaitGone(t.Context()); err != nil {
				t.Errorf("WaitGone: %v", err)
			}
		})
	}
}

func TestWaitDoesNotWaitForTheBackground(t *testing.T) {
	t.Parallel()
	tree, mark, out := start(t, `trap "" TERM; sleep 1000 & exit 7`)
	exit, err := tree.Wait(t.Context())
	if err != nil || exit.Code != 7 {
		t.Fatalf("Wait: %v, %v", exit, err)
	}
	pids, err := tree.Descendants(t.Context())
	if err != nil || len(pids) != 1 || len(survivors(mark)) != 1 {
		t.Errorf("descendants %v, %v; survivors %q", pids, err, survivors(mark))
	}
	select {
	case <-tree.Gone():
		t.Error("gone while a process lives")
	default:
	}
	if err := tree.Signal(syscall.SIGINT); !errors.Is(err, guard.ErrDone) {
		t.Errorf("Signal: %v, want ErrDone", err)
	}
	if err := tree.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	atEOF(t, out)
	if pids, err := tree.Descendants(t.Context()); err != nil || len(pids) != 0 {
		t.Errorf("descendants afterwards: %v, %v", pids, err)
	}
}

func TestDescendantsCountsEveryone(t *testing.T) {
	t.Parallel()
	tree, _, out := start(t, stubborn)
	expect(t, out, "ready", "ready")
	eventually(t, "at three shells and three sleeps", func() bool {
		pids, err := tree.Descendants(t.Context())
		return err == nil && len(pids) == 6
	})
}

func TestTerminate(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		grace        time.Duration
		want         guard.Exit
		ends         time.Duration // at least
	}{
		{"obeys", `trap "exit 3" TERM; echo ready; while :; do sleep 0.01; done`, time.Minute, guard.Exit{Code: 3}, 0},
		{"dies", `echo ready; sleep 1000`, time.Minute, guard.Exit{Code: -1, Signal: syscall.SIGTERM}, 0},
		{"background obeys", `sleep 1000 & sh -c 'echo ready; sleep 1000'; exit 9`, time.Minute, guard.Exit{Code: -1, Signal: syscall.SIGTERM}, 0},
		{"ignores", `trap "" TERM; echo ready; while :; do sleep 1; done`, 200 * time.Millisecond, guard.Exit{Code: -1, Signal: syscall.SIGKILL}, 200 * time.Millisecond},
		{"whole tree ignores", stubborn, 200 * time.Millisecond, guard.Exit{Code: -1, Signal: syscall.SIGKILL}, 200 * time.Millisecond},
		{"no grace", `trap "exit 3" TERM; echo ready; sleep 1000`, 0, guard.Exit{Code: -1, Signal: syscall.SIGKILL}, 0},
		{"stopped", `trap "exit 3" TERM; echo ready; kill -STOP $$; while :; do sleep 0.01; done`, time.Minute, guard.Exit{Code: 3}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, mark, out := start(t, tt.script)
			expect(t, out, "ready")
			if tt.name == "stopped" {
				eventually(t, "stopped", func() bool { return state(tree.Pid()) == 'T' })
			}
			begin := time.Now()
			if err := tree.Terminate(t.Context(), tt.grace); err != nil {
				t.Error(err)
			}
			took := time.Since(begin)
			exit, err := tree.Wait(t.Context())
			if err != nil || exit != tt.want {
				t.Errorf("%v, %v; want %v", exit, err, tt.want)
			}
			if took < tt.ends || took > tt.ends+within {
				t.Errorf("took %v, want %v and not much more", took, tt.ends)
			}
			if left := survivors(mark); len(left) > 0 {
				t.Errorf("left: %q", left)
			}
			t.Logf("gone after %v", took)
		})
	}
}

func TestTerminateSignalsOnce(t *testing.T) {
	t.Parallel()
	tree, _, out := start(t, `trap 'echo term' TERM; echo ready; while :; do sleep 0.01; done`)
	expect(t, out, "ready")
	if err := tree.Terminate(t.Context(), 300*time.Millisecond); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(out)
	if err != nil || string(rest) != "term\n" {
		t.Errorf("%q, %v: want one SIGTERM", rest, err)
	}
}

func TestTerminateReachesOtherSessions(t *testing.T) {
	t.Parallel()
	tree, _, out := start(t, `GUARD_TEST_MODE=daemon "$SELF"; sh -c 'trap "echo bye; exit" TERM; echo ready; while :; do sleep 0.01; done' & wait; exit`)
	expect(t, out, "ready", "ready")
	ctx, cancel := context.WithCancel(t.Context())
	go func() { _ = tree.Terminate(ctx, time.Hour) }()
	expect(t, out, "bye")
	cancel()
	if err := tree.Kill(t.Context()); err != nil { // does not wait for the grace given before
		t.Error(err)
	}
}

func TestSignal(t *testing.T) {
	t.Parallel()
	tree, _, out := start(t, `trap 'echo int' INT; trap 'exit 5' QUIT; echo ready; while :; do sleep 0.01; done`)
	expect(t, out, "ready")
	if err := tree.Signal(syscall.SIGINT); err != nil {
		t.Error(err)
	}
	expect(t, out, "int")
	if err := tree.Signal(syscall.SIGQUIT); err != nil {
		t.Error(err)
	}
	if exit, err := tree.Wait(t.Context()); err != nil || exit.Code != 5 {
		t.Errorf("%v, %v", exit, err)
	}
}

func TestWhatTheCommandGets(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	extra := filepath.Join(dir, "extra")
	if err := os.WriteFile(extra, []byte("from extra\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(extra)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	tree, err := guard.Start(t.Context(), guard.Command{
		Path: "/bin/sh",
		Args: []string{"name", "-c", `env; echo "$0 $1 $2"; pwd; cat; cat <&3; ls /proc/self/fd | tr '\n' ' '`, "zero", "", "a b"},
		Env:  []string{"A=1", "JCODE_GUARD=1", "PATH=" + os.Getenv("PATH")},
		Dir:  dir, Stdout: w, ExtraFiles: []*os.File{f},
	})
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(got)) {
		if !strings.HasPrefix(line, "PATH=") && !strings.HasPrefix(line, "PWD=") &&
			!strings.HasPrefix(line, "OLDPWD=") && !strings.HasPrefix(line, "_=") && !strings.HasPrefix(line, "SHLVL=") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	// ls has the folder open itself, as 4.
	if d := cmp.Diff([]string{"A=1", "zero  a b", dir, "from extra", "0 1 2 3 4"}, lines); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if exit, err := tree.Wait(t.Context()); err != nil || !exit.Success() {
		t.Errorf("%v, %v", exit, err)
	}
}

func TestLongArguments(t *testing.T) {
	t.Parallel()
	c := shell(`echo ${#1} ${#9}`)
	c.Args = append(c.Args, "name")
	for range 9 {
		c.Args = append(c.Args, strings.Repeat("x", 120_000))
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	c.Stdout = w
	tree, err := guard.Start(t.Context(), c)
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(r); err != nil || string(got) != "120000 120000\n" {
		t.Errorf("%q, %v", got, err)
	}
	if exit, err := tree.Wait(t.Context()); err != nil || !exit.Success() {
		t.Errorf("%v, %v", exit, err)
	}
}

func TestStartErrors(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	plain := filepath.Join(dir, "plain")
	if err := os.WriteFile(plain, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	garbage := filepath.Join(dir, "garbage")
	if err := os.WriteFile(garbage, []byte("\x7fELFnot"), 0o700); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		c    guard.Command
		want error
		text string
	}{
		{"missing program", guard.Command{Path: "/does/not/exist"}, fs.ErrNotExist, "/does/not/exist"},
		{"not executable", guard.Command{Path: plain}, fs.ErrPermission, plain},
		{"garbage", guard.Command{Path: garbage}, syscall.ENOEXEC, garbage},
		{"relative", guard.Command{Path: "sh"}, nil, "not absolute"},
		{"missing folder", guard.Command{Path: "/bin/sh", Dir: "/does/not/exist"}, fs.ErrNotExist, "chdir /does/not/exist"},
		{"folder is a file", guard.Command{Path: "/bin/sh", Dir: plain}, syscall.ENOTDIR, plain},
		{"too long", guard.Command{Path: "/bin/sh", Args: []string{"sh", strings.Repeat("x", 1<<20)}}, syscall.E2BIG, "/bin/sh"},
		{"zero byte", guard.Command{Path: "/bin/sh", Args: []string{"sh", "a\x00b"}}, syscall.EINVAL, "/bin/sh"},
		{"removes everything", guard.Command{Path: "/bin/sh", RemoveFolders: []string{"/tmp/.."}}, nil, "refuse"},
		{"removes relative", guard.Command{Path: "/bin/sh", RemoveFolders: []string{"x"}}, nil, "refuse"},
		{"too many files", guard.Command{Path: "/bin/sh", ExtraFiles: make([]*os.File, 400)}, nil, "too many"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			tree, err := guard.Start(t.Context(), tt.c)
			if tree != nil || err == nil || !strings.Contains(err.Error(), tt.text) || (tt.want != nil && !errors.Is(err, tt.want)) {
				t.Errorf("error %v, want %v with %q", err, tt.want, tt.text)
			}
		})
	}
}

func TestStartGivenUp(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	c, mark := marked(t, shell("sleep 1000"))
	if _, err := guard.Start(ctx, c); !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("error %v", err)
	} else if err != nil {
		noSurvivors(t, mark)
	}
}

func TestWaitGivenUp(t *testing.T) {
	t.Parallel()
	tree, _, _ := start(t, "sleep 1000")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := tree.Wait(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("Wait: %v", err)
	}
	if err := tree.WaitGone(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("WaitGone: %v", err)
	}
	if err := tree.Kill(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestFoldersStayWhileSomethingLives(t *testing.T) {
	t.Parallel()
	folder := socketFolder(t)
	c, _ := marked(t, shell("sleep 1000 & exit"))
	c.RemoveFolders = []string{folder}
	tree, err := guard.Start(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := tree.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	if missing(folder) {
		t.Error("removed while a process lives")
	}
	if err := tree.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	if !missing(folder) {
		t.Error("there when Kill returned")
	}
}
