package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// rounds is how often jcode is killed.
const rounds = 50

// stubborn starts a grandchild in a session of its own that ignores SIGTERM and
// holds standard output.
const stubborn = `setsid bash -c 'trap "" TERM HUP INT; touch started; while :; do sleep 1; done' & wait`

// Whoever is killed, and in whatever order: no process and no socket is left.
func TestKillLeavesNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("kills fifty times")
	}
	t.Parallel()
	b := newBed(t, bash(stubborn))
	for i := range rounds {
		mark := fmt.Sprintf("E2E_MARK=kill-%d-%s", i, filepath.Base(b.home))
		b.killRound(mark)
	}
}

func (b *bed) killRound(mark string) {
	b.t.Helper()
	started := filepath.Join(b.project, "started")
	_ = os.Remove(started)
	cmd := b.command("run", "hold on")
	cmd.Env = append(b.env, mark)
	if err := cmd.Start(); err != nil {
		b.t.Fatal(err)
	}
	b.await("started")
	plugins := pluginsBelow(cmd.Process.Pid)
	if len(plugins) == 0 {
		b.t.Error("no plugin process found")
	}
	_ = cmd.Process.Kill()
	for _, pid := range plugins {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	b.soonGone(mark)
	_ = cmd.Wait()
	b.noSockets()
}

// noSockets wants the sockets gone soon: who ends the last process removes them, and
// has no mark itself.
func (b *bed) noSockets() {
	b.t.Helper()
	dir := filepath.Join(b.home, ".jcode", "run")
	deadline := time.Now().Add(10 * time.Second)
	left := sockets(dir)
	for ; len(left) > 0 && time.Now().Before(deadline); left = sockets(dir) {
		time.Sleep(5 * time.Millisecond)
	}
	if len(left) > 0 {
		b.t.Errorf("left behind: %v", left)
	}
}

// soonGone wants nothing left within ten times the second that is promised, and
// tells when it took longer than that.
func (b *bed) soonGone(mark string) {
	b.t.Helper()
	began := time.Now()
	noSurvivors(b.t, mark, 10*time.Second)
	if took := time.Since(began); took > time.Second {
		b.t.Logf("%s: took %s", mark, took)
	}
}

func pluginsBelow(pid int) []int {
	var plugins []int
	for _, child := range descendants(pid) {
		cmdline, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", child))
		if err == nil && strings.Contains(string(cmdline), "jcode-provider-") {
			plugins = append(plugins, child)
		}
	}
	return plugins
}

// sockets lists whatever is in the folder for running plugins.
func sockets(dir string) []string {
	var found []string
	_ = filepath.WalkDir(dir, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.Type()&os.ModeSocket != 0 {
			found = append(found, path)
		}
		return nil
	})
	return found
}

// Ctrl-C in a long command: 130, and nothing is left.
func TestInterruptInTool(t *testing.T) {
	t.Parallel()
	b := newBed(t, bash("touch started; sleep 300"))
	mark := "E2E_MARK=int-" + filepath.Base(b.home)
	b.env = append(b.env, mark)
	cmd := b.command("run", "sleep")
	done := make(chan result, 1)
	go func() { done <- b.finish(cmd) }()
	b.await("started")
	_ = cmd.Process.Signal(syscall.SIGINT)
	noSurvivors(t, mark, 2500*time.Millisecond)
	(<-done).want(t, 130)
}
