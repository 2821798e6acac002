//go:build unix

package guard

import (
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"syscall"
)

// spawned is a guardian process as its program sees it.
type spawned struct {
	conn *conn
	proc *os.Process
}

// warm is the guardian that Prepare started and no command has taken yet. It is
// the only state the package keeps; it dies with the process like any other.
var warm struct {
	sync.Mutex
	g *spawned
}

// Prepare starts a guardian ahead of time, so that the next Start pays only for
// a message. It does nothing if one waits already. Call it again after a Start,
// in a goroutine. Safe for concurrent use.
//
// The guardian keeps the umask, limits and priority of the moment it starts.
func Prepare() error {
	warm.Lock()
	defer warm.Unlock()
	if warm.g != nil {
		return nil
	}
	g, err := spawn()
	if err != nil {
		return err
	}
	warm.g = g
	return nil
}

func takeWarm() *spawned {
	warm.Lock()
	defer warm.Unlock()
	g := warm.g
	warm.g = nil
	return g
}

// spawn starts a guardian: this executable, in a session of its own, with the
// lifeline as its standard input and no other file.
func spawn() (*spawned, error) {
	if !mainCalled.Load() {
		return nil, ErrNoMain
	}
	ours, theirs, err := socketpair()
	if err != nil {
		return nil, fmt.Errorf("start guardian: %w", err)
	}
	end := os.NewFile(uintptr(theirs), "lifeline")
	defer func() { _ = end.Close() }()
	c, err := newConn(ours)
	if err != nil {
		_ = syscall.Close(ours)
		return nil, err
	}
	proc, err := execSelf(end)
	if err != nil {
		c.close()
		return nil, fmt.Errorf("start guardian: %w", err)
	}
	return &spawned{conn: c, proc: proc}, nil
}

func execSelf(lifeline *os.File) (*os.Process, error) {
	exe, err := self()
	if err != nil {
		return nil, err
	}
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	return os.StartProcess(exe, []string{filepath.Base(os.Args[0]), argMarker}, &os.ProcAttr{ //nolint:gosec // it is this program itself
		Dir:   "/", // it must not keep a folder from being removed or unmounted
		Env:   []string{envMarker + "=1", "GOMAXPROCS=1"},
		Files: []*os.File{lifeline, null, null},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
}

// bury reaps the guardian, whose lifeline has ended.
func (g *spawned) bury() {
	g.conn.close()
	_, _ = g.proc.Wait()
}
