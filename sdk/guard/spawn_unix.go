//go:build unix

package guard

import (
	"errors"
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

	mu    sync.Mutex
	tree  *Tree // what it guards; nil while it waits
	ended bool  // no message will come any more
	// unread: it was killed before it had read all that it was sent
	unread bool
}

// idle is the guardian that waits for a command: Prepare started it, or its last
// tree is gone. It is the only state the package keeps; it dies with the process
// like any other.
var idle struct {
	sync.Mutex
	g *spawned
}

// Prepare starts a guardian ahead of time, so that the next Start pays only for
// a message. It does nothing if one waits already, as it does when nothing is
// left of an earlier command. So it is worth a call, in a goroutine, before the
// first command and when a command turns out to run for long. Safe for concurrent
// use.
//
// The guardian keeps the umask, limits and priority of the moment it starts.
func Prepare() error {
	idle.Lock()
	defer idle.Unlock()
	if idle.g != nil {
		return nil
	}
	g, err := spawn()
	if err != nil {
		return err
	}
	idle.g = g
	return nil
}

func takeIdle() *spawned {
	idle.Lock()
	defer idle.Unlock()
	g := idle.g
	idle.g = nil
	return g
}

// rest makes g the one that waits, or sends it away if there is one.
func (g *spawned) rest() {
	idle.Lock()
	defer idle.Unlock()
	if idle.g != nil {
		g.conn.close()
		return
	}
	idle.g = g
}

// forget is rest undone, for a guardian that has ended.
func (g *spawned) forget() {
	idle.Lock()
	defer idle.Unlock()
	if idle.g == g {
		idle.g = nil
	}
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
	g := &spawned{conn: c, proc: proc}
	go g.listen()
	return g, nil
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

// assign makes t the tree of the guardian, unless that has ended.
func (g *spawned) assign(t *Tree) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.tree = t
	return !g.ended
}

func (g *spawned) guarded() *Tree {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.tree
}

// listen takes what the guardian says until it goes, and buries it.
func (g *spawned) listen() {
	var err error
	for err == nil {
		var m message
		if m, err = g.conn.recv(); err == nil {
			err = g.hear(m)
		}
	}
	g.forget()
	g.conn.close()
	_, _ = g.proc.Wait()
	g.mu.Lock()
	g.ended = true
	g.unread = errors.Is(err, syscall.ECONNRESET)
	t := g.tree
	g.mu.Unlock()
	if t != nil {
		t.lose()
	}
}

func (g *spawned) hear(m message) error {
	t := g.guarded()
	if t == nil {
		return errMalformed
	}
	if m.kind != msgGone {
		return t.hear(m)
	}
	if !t.started() {
		return errMalformed // it refused the command, and goes
	}
	g.assign(nil)
	t.detach()
	g.rest()
	t.close()
	return nil
}

// lostUnread reports whether the guardian, which has ended, was killed before it
// had read all that it was sent.
func (g *spawned) lostUnread() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.unread
}
