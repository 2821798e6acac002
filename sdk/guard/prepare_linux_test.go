package guard_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"github.com/jcode-go/jcode/sdk/guard"
)

// These tests share the one prepared guardian, so they are not parallel.

func TestPrepared(t *testing.T) {
	if err := guard.Prepare(); err != nil {
		t.Fatal(err)
	}
	waiting := guard.IdlePid()
	if err := guard.Prepare(); err != nil || guard.IdlePid() != waiting {
		t.Errorf("second Prepare: %v, guardian %d after %d", err, guard.IdlePid(), waiting)
	}
	tree, _, _ := start(t, "exit 3")
	if tree.GuardianPid() != waiting {
		t.Errorf("guardian %d, want the prepared %d", tree.GuardianPid(), waiting)
	}
	if exit, err := tree.Wait(t.Context()); err != nil || exit.Code != 3 {
		t.Errorf("%v, %v", exit, err)
	}
	if err := tree.WaitGone(t.Context()); err != nil || guard.IdlePid() != waiting {
		t.Errorf("%v; guardian %d waits, want %d again", err, guard.IdlePid(), waiting)
	}
}

func TestPreparedWasKilled(t *testing.T) {
	if err := guard.Prepare(); err != nil {
		t.Fatal(err)
	}
	waiting := guard.IdlePid()
	if err := syscall.Kill(waiting, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	eventually(t, "forgotten", func() bool { return !alive(waiting) && guard.IdlePid() != waiting })
	tree, _, _ := start(t, "exit 3")
	if exit, err := tree.Wait(t.Context()); err != nil || exit.Code != 3 {
		t.Errorf("%v, %v", exit, err)
	}
}

// The program does not know yet that the guardian is dead.
func TestPreparedIsBeingKilled(t *testing.T) {
	for range 30 {
		if err := guard.Prepare(); err != nil {
			t.Fatal(err)
		}
		if err := syscall.Kill(guard.IdlePid(), syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		tree, _, _ := start(t, "exit 3")
		if exit, err := tree.Wait(t.Context()); err != nil || exit.Code != 3 {
			t.Fatalf("%v, %v", exit, err)
		}
		if err := tree.WaitGone(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
}

func TestFailedStartEndsTheGuardian(t *testing.T) {
	if err := guard.Prepare(); err != nil {
		t.Fatal(err)
	}
	waiting := guard.IdlePid()
	if _, err := guard.Start(t.Context(), guard.Command{Path: "/does/not/exist"}); err == nil {
		t.Error("started")
	}
	eventually(t, "rid of the guardian", func() bool { return !alive(waiting) })
}

func TestMainMustBeCalled(t *testing.T) {
	guard.WithoutMain(func() {
		if _, err := guard.Start(t.Context(), guard.Command{Path: "/bin/sh"}); !errors.Is(err, guard.ErrNoMain) {
			t.Errorf("Start: %v", err)
		}
		if err := guard.Prepare(); !errors.Is(err, guard.ErrNoMain) {
			t.Errorf("Prepare: %v", err)
		}
	})
}

func TestCoverage(t *testing.T) {
	t.Parallel()
	if got := guard.Coverage(); got != guard.EveryDescendant {
		t.Errorf("%q", got)
	}
}

func TestControllingTerminal(t *testing.T) {
	t.Parallel()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	defer func() { _ = master.Close() }()
	slave := openSlave(t, master)
	c, mark := marked(t, shell(`echo hi >/dev/tty; sleep 1000`))
	c.Stdin, c.Stdout, c.Stderr, c.Terminal = slave, slave, slave, true
	tree, err := guard.Start(t.Context(), c)
	_ = slave.Close()
	if err != nil {
		t.Fatal(err)
	}
	var got [2]byte
	if _, err := io.ReadFull(master, got[:]); err != nil || string(got[:]) != "hi" {
		t.Errorf("%q, %v", got, err)
	}
	if err := tree.Terminate(t.Context(), time.Minute); err != nil || len(survivors(mark)) > 0 {
		t.Errorf("%v, left %q", err, survivors(mark))
	}
}

func openSlave(t *testing.T, master *os.File) *os.File {
	t.Helper()
	fd := int(master.Fd())
	if err := unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	slave, err := os.OpenFile(fmt.Sprintf("/dev/pts/%d", n), os.O_RDWR|syscall.O_NOCTTY, 0)
	if err != nil {
		t.Skip("no pseudo-terminals here:", err)
	}
	return slave
}
