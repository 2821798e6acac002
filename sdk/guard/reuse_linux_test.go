package guard_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// These tests share the one guardian that waits, so they are not parallel.

func goneTree(t *testing.T, script string) *guard.Tree {
	t.Helper()
	tree, _, _ := start(t, script)
	if err := tree.WaitGone(t.Context()); err != nil {
		t.Fatal(err)
	}
	return tree
}

func TestOneGuardianForManyCommands(t *testing.T) {
	first := goneTree(t, "exit 0").GuardianPid()
	for i := range 100 {
		tree := goneTree(t, fmt.Sprintf("sleep 0.001 & exit %d", i))
		if exit, err := tree.Wait(t.Context()); err != nil || exit.Code != i {
			t.Errorf("%v, %v; want %d", exit, err, i)
		}
		if tree.GuardianPid() != first {
			t.Fatalf("command %d has guardian %d, want %d", i, tree.GuardianPid(), first)
		}
	}
	tasks, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", first))
	if err != nil || len(tasks) > 20 {
		t.Errorf("%d threads after 100 commands, %v", len(tasks), err)
	}
	if left := openFiles(t, first); len(left) > 10 {
		t.Errorf("open files after 100 commands: %q", left)
	}
}

func openFiles(t *testing.T, pid int) (all []string) {
	t.Helper()
	dir := fmt.Sprintf("/proc/%d/fd/", pid)
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		to, _ := os.Readlink(dir + e.Name())
		all = append(all, to)
	}
	return all
}

// What a command leaves in the background keeps its guardian.
func TestBusyGuardianGetsNothingElse(t *testing.T) {
	busy, mark, _ := start(t, "sleep 1000 & exit 1")
	if _, err := busy.Wait(t.Context()); err != nil {
		t.Fatal(err)
	}
	other, _, _ := start(t, "sleep 1000")
	if other.GuardianPid() == busy.GuardianPid() {
		t.Fatal("two trees, one guardian")
	}
	if err := busy.Kill(t.Context()); err != nil || len(survivors(mark)) > 0 {
		t.Errorf("%v, left %q", err, survivors(mark))
	}
	if !alive(other.Pid()) {
		t.Error("the end of one tree was the end of the other")
	}
	if err := other.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	waits := guard.IdlePid()
	if waits != busy.GuardianPid() {
		t.Errorf("guardian %d waits, want %d", waits, busy.GuardianPid())
	}
	eventually(t, "rid of the guardian too many", func() bool { return !alive(other.GuardianPid()) })
}

// Whoever holds a tree that is gone has no power over the next one.
func TestGoneTreeIsNotTheNext(t *testing.T) {
	gone := goneTree(t, "exit 0")
	next, mark, out := start(t, `trap 'echo hit' INT TERM; echo ready; while :; do sleep 0.01; done`)
	expect(t, out, "ready")
	if next.GuardianPid() != gone.GuardianPid() {
		t.Fatal("not the same guardian")
	}
	pids, err := gone.Descendants(t.Context())
	if err != nil || len(pids) != 0 {
		t.Errorf("descendants %v, %v", pids, err)
	}
	if err := gone.Signal(syscall.SIGINT); err == nil {
		t.Error("signalled")
	}
	for name, err := range map[string]error{
		"release": gone.Release(), "terminate": gone.Terminate(t.Context(), time.Millisecond), "kill": gone.Kill(t.Context()),
	} {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if len(survivors(mark)) == 0 {
		t.Fatal("killed")
	}
	if err := next.Kill(t.Context()); err != nil {
		t.Error(err)
	}
	if rest, _ := out.ReadString(0); strings.Contains(rest, "hit") {
		t.Error("the next tree got a signal")
	}
}

// Orders that cross the news of a tree's end must not reach the next tree.
func TestOrdersCrossTheEnd(t *testing.T) {
	ctx := context.WithoutCancel(t.Context())
	for i := range 100 {
		ending, _, _ := start(t, "exit 0")
		var orders sync.WaitGroup
		for _, order := range []func(){
			func() { _ = ending.Kill(ctx) },
			func() { _ = ending.Release() },
			func() { _, _ = ending.Descendants(ctx) },
			func() { _ = ending.Signal(syscall.SIGINT) },
		} {
			orders.Go(order)
		}
		if err := ending.WaitGone(ctx); err != nil {
			t.Fatal(err)
		}
		next, _, _ := start(t, "sleep 0.002; exit 7")
		orders.Wait()
		if exit, err := next.Wait(ctx); err != nil || exit.Code != 7 {
			t.Fatalf("run %d: %v, %v", i, exit, err)
		}
	}
}
