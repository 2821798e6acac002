package guard_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// stubborn is a tree of five processes, each of which escapes in its own way: it
// ignores SIGTERM, has left the session, lost its parent, holds standard output.
const stubborn = `
trap "" TERM HUP
GUARD_TEST_MODE=daemon "$SELF" &
sh -c 'trap "" TERM; echo ready; while :; do sleep 100; done' &
while :; do sleep 100; done`

// bombs fork without end.
var bombs = map[string]string{
	"keeps children": `echo ready; while :; do sleep 100 & sleep 0.003; done`,
	"chain":          `echo ready; next() { sleep 0.002; (next &) ; exit; }; next`,
	"sessions":       `echo ready; while :; do (trap "" TERM; GUARD_TEST_MODE=daemon "$SELF") & sleep 0.05; done`,
}

// program starts the test binary as a program that guards a script.
func program(t *testing.T, mode, script, folder string) (*exec.Cmd, string, *bufio.Reader) {
	t.Helper()
	c, mark := marked(t, guard.Command{})
	cmd := exec.Command(executable(), script)
	cmd.Env = append(withoutMode(os.Environ()), c.Env[0], modeVar+"="+mode, folderVar+"="+folder)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	cmd.Stdout = w
	err = cmd.Start()
	_ = w.Close()
	if err != nil {
		t.Fatal(err)
	}
	return cmd, mark, bufio.NewReader(r)
}

// guardianOf reads lines until the guardian is named and n processes are ready.
func guardianOf(t *testing.T, r *bufio.Reader, n int) int {
	t.Helper()
	pid := 0
	for pid == 0 || n > 0 {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("output ended: %v", err)
		}
		if after, ok := strings.CutPrefix(strings.TrimSpace(line), "guardian "); ok {
			pid, err = strconv.Atoi(after)
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		n--
	}
	return pid
}

func socketFolder(t *testing.T) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "run")
	if err := os.MkdirAll(filepath.Join(folder, "deep"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "socket"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

func missing(path string) bool {
	_, err := os.Lstat(path)
	return os.IsNotExist(err)
}

func TestNothingSurvivesAKilledProgram(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"host", "reuse"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			killPrograms(t, mode, 50)
		})
	}
}

func killPrograms(t *testing.T, mode string, times int) {
	t.Helper()
	var slowest time.Duration
	for i := range times {
		folder := socketFolder(t)
		cmd, mark, out := program(t, mode, stubborn, folder)
		guardian := guardianOf(t, out, 2)
		if n := len(survivors(mark)); n < 5 {
			t.Fatalf("run %d: only %d processes to kill", i, n)
		}
		begin := time.Now()
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		noSurvivors(t, mark)
		eventually(t, "rid of the folder", func() bool { return missing(folder) })
		eventually(t, "rid of the guardian", func() bool { return !alive(guardian) })
		atEOF(t, out)
		slowest = max(slowest, time.Since(begin))
	}
	t.Logf("%d programs killed, slowest tree gone after %v", times, slowest)
}

func TestForkBombsEnd(t *testing.T) {
	t.Parallel()
	for name, script := range bombs {
		t.Run("program killed/"+name, func(t *testing.T) {
			t.Parallel()
			cmd, mark, out := program(t, "host", script, "")
			guardianOf(t, out, 1)
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			t.Logf("gone after %v", noSurvivors(t, mark))
		})
		t.Run("killed/"+name, func(t *testing.T) {
			t.Parallel()
			tree, mark, out := start(t, script)
			expect(t, out, "ready")
			begin := time.Now()
			if err := tree.Kill(t.Context()); err != nil {
				t.Error(err)
			}
			t.Logf("gone after %v", time.Since(begin))
			if left := survivors(mark); len(left) > 0 {
				t.Errorf("left when Kill returned: %q", left)
			}
		})
	}
}

func TestKilledAtOnce(t *testing.T) {
	t.Parallel()
	for i := range 20 { // a program that dies while its tree is being born
		cmd, mark, _ := program(t, "host", `GUARD_TEST_MODE=daemon "$SELF"; sleep 100`, "")
		eventually(t, "started", func() bool { return len(survivors(mark)) > i%4 })
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait()
		noSurvivors(t, mark)
	}
}

func TestGuardianKilled(t *testing.T) {
	t.Parallel()
	tree, mark, out := start(t, `sleep 100 & echo ready; while :; do sleep 100; done`)
	expect(t, out, "ready")
	if err := syscall.Kill(tree.GuardianPid(), syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	if exit, err := tree.Wait(t.Context()); !errors.Is(err, guard.ErrLost) {
		t.Errorf("Wait: %v, %v; want ErrLost", exit, err)
	}
	if err := tree.Terminate(t.Context(), time.Second); !errors.Is(err, guard.ErrLost) {
		t.Errorf("Terminate: %v, want ErrLost", err)
	}
	noSurvivors(t, mark)
}

// The kernel kills the command with its guardian, even if the program cannot.
func TestGuardianKilledWhileTheProgramIsStopped(t *testing.T) {
	t.Parallel()
	cmd, mark, out := program(t, "host", `echo ready; exec sleep 1000`, "")
	guardian := guardianOf(t, out, 1)
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "stopped", func() bool { return state(cmd.Process.Pid) == 'T' })
	if err := syscall.Kill(guardian, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "rid of the command", func() bool { return len(survivors(mark)) == 1 }) // the program
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	noSurvivors(t, mark)
}

func TestGuardianSurvivesPoliteSignals(t *testing.T) {
	t.Parallel()
	tree, _, out := start(t, `echo ready; exec sleep 1000`)
	expect(t, out, "ready")
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT, syscall.SIGUSR1} {
		if err := syscall.Kill(tree.GuardianPid(), s); err != nil {
			t.Fatal(err)
		}
	}
	if err := tree.Kill(t.Context()); err != nil {
		t.Errorf("the guardian does not answer: %v", err)
	}
}

func TestReleasedTreeOutlivesTheProgram(t *testing.T) {
	t.Parallel()
	folder := socketFolder(t)
	cmd, mark, out := program(t, "release", `sleep 1000 & echo ready; for i in 1 2 3 4 5 6 7 8 9; do sleep 0.05; done; echo still; sleep 1000`, folder)
	guardian := guardianOf(t, out, 1)
	if err := cmd.Wait(); err != nil {
		t.Fatal(err)
	}
	expect(t, out, "still") // long after the guardian saw the lifeline end
	left := survivors(mark)
	if len(left) < 2 || missing(folder) {
		t.Errorf("released tree is gone: %q", left)
	}
	eventually(t, "killed", func() bool { // more than once: the shell may have been forking
		return killAll(survivors(mark)) == 0
	})
	eventually(t, "rid of the guardian", func() bool { return !alive(guardian) })
	if !missing(folder) {
		t.Error("folder was not removed")
	}
}

// killAll kills the processes of a list of survivors and returns how many there were.
func killAll(list []string) int {
	for _, line := range list {
		var pid int
		if _, err := fmt.Sscanf(line, "/proc/%d/", &pid); err == nil {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
	}
	return len(list)
}

func TestManyGuards(t *testing.T) {
	t.Parallel()
	const n = 30
	results := make(chan error, n)
	for i := range n {
		c, mark := marked(t, shell(fmt.Sprintf("(sleep 100 &); exit %d", i)))
		go func() { results <- runOne(t.Context(), c, i, mark) }()
	}
	for range n {
		if err := <-results; err != nil {
			t.Error(err)
		}
	}
}

func runOne(ctx context.Context, c guard.Command, code int, mark string) error {
	tree, err := guard.Start(ctx, c)
	if err != nil {
		return err
	}
	exit, err := tree.Wait(ctx)
	if err != nil || exit.Code != code {
		return fmt.Errorf("%v, %w, want %d", exit, err, code)
	}
	if err := tree.Kill(ctx); err != nil {
		return err
	}
	if left := survivors(mark); len(left) > 0 {
		return fmt.Errorf("left: %q", left)
	}
	return nil
}
