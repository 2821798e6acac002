//go:build unix

package guard

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"
)

// Tree is a running command with all it started. Its methods are safe for
// concurrent use. Nothing needs to be released: what is left of the tree ends
// with the program at the latest.
type Tree struct {
	g     *spawned
	start chan error    // one value: whether the command runs
	done  chan struct{} // closed when exit is known, or never will be
	gone  chan struct{} // closed when nothing is left, or the guardian is lost

	mu       sync.Mutex
	pid      int
	exit     Exit
	exited   bool
	finished bool // nothing is left; the guardian may have another tree
	queries  []chan []int
}

// Start starts the command under a guardian, a prepared one if there is one. It
// returns when the command runs or could not be started; ctx bounds this alone.
// The error of the exec is a *os.PathError.
func Start(ctx context.Context, c Command) (*Tree, error) {
	c, err := c.prepared()
	if err != nil {
		return nil, err
	}
	if n := len(c.ExtraFiles); n > maxFiles-4 {
		return nil, fmt.Errorf("start %s: %d extra files are too many", c.Path, n)
	}
	for {
		g := takeIdle()
		reused := g != nil
		if !reused {
			if g, err = spawn(); err != nil {
				return nil, err
			}
		}
		t, err := g.take(ctx, c)
		if reused && errors.Is(err, errUnread) {
			continue // it was killed while it waited, which is no reason to fail
		}
		return t, err
	}
}

// errUnread is ErrLost by a guardian that cannot have started the command.
var errUnread = fmt.Errorf("%w before it had read its order", ErrLost)

// take gives the command to a guardian that waits, and waits until it runs.
func (g *spawned) take(ctx context.Context, c Command) (*Tree, error) {
	t := &Tree{g: g, start: make(chan error, 1), done: make(chan struct{}), gone: make(chan struct{})}
	if !g.assign(t) {
		return nil, fmt.Errorf("start %s: %w", c.Path, errUnread)
	}
	if err := t.hand(c); err != nil {
		g.conn.close()
		return nil, err
	}
	select {
	case err := <-t.start:
		if errors.Is(err, ErrLost) && g.lostUnread() {
			err = errUnread
		}
		if err != nil {
			return nil, fmt.Errorf("start command: %w", pathError(c.Path, err))
		}
		return t, nil
	case <-ctx.Done():
		t.abandon()
		return nil, fmt.Errorf("start %s: %w", c.Path, ctx.Err())
	}
}

func (t *Tree) hand(c Command) error {
	files := append([]*os.File{c.Stdin, c.Stdout, c.Stderr}, c.ExtraFiles...)
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("start %s: %w", c.Path, err)
	}
	defer func() { _ = null.Close() }()
	for i, f := range files {
		if f == nil {
			files[i] = null
		}
	}
	o := order{
		path: c.Path, dir: c.Dir, args: c.Args, env: c.Env, folders: c.RemoveFolders, orphans: c.OrphanFolders,
		terminal: c.Terminal, landlock: c.Landlock != nil,
	}
	if o.landlock {
		files = append(files, c.Landlock) // the guardian takes the last one for it
	}
	payload := o.encode()
	if len(payload) > maxPayload {
		return fmt.Errorf("start command: %w", pathError(c.Path, syscall.E2BIG))
	}
	if err := t.g.conn.send(msgStart, payload, files...); err != nil {
		return fmt.Errorf("start %s: %w: %w", c.Path, errUnread, err)
	}
	return nil
}

// Pid is the process id of the command, which is its process group and its
// session too. It may belong to somebody else once the command is over.
func (t *Tree) Pid() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pid
}

// Wait returns how the command itself ended, as soon as it has, whatever it left
// running. It returns ErrLost if that cannot be known, or the error of ctx, which
// changes nothing about the command.
func (t *Tree) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-t.done:
	case <-ctx.Done():
		return Exit{}, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.exited {
		return Exit{}, ErrLost
	}
	return t.exit, nil
}

// Gone is closed when no process of the tree is left and its folders are
// removed, or when the guardian is lost.
func (t *Tree) Gone() <-chan struct{} { return t.gone }

// WaitGone waits for Gone. It returns ErrLost if the guardian was killed, so
// that nobody knows what is left, or the error of ctx.
func (t *Tree) WaitGone(ctx context.Context) error {
	select {
	case <-t.gone:
		return t.end()
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Terminate ends the tree: SIGTERM for every descendant, once, and SIGKILL for
// what is left after grace. It waits like WaitGone. Zero grace is Kill.
func (t *Tree) Terminate(ctx context.Context, grace time.Duration) error {
	if err := t.tell(msgTerminate, max(int(grace), 0)); err != nil {
		return err
	}
	return t.WaitGone(ctx)
}

// Kill ends the tree with SIGKILL. It waits like WaitGone.
func (t *Tree) Kill(ctx context.Context) error { return t.Terminate(ctx, 0) }

// Signal sends sig to the process group of the command, for programs that want
// a ladder of signals of their own. It returns ErrDone when the command is over.
func (t *Tree) Signal(sig syscall.Signal) error {
	select {
	case <-t.done:
		return ErrDone
	default:
		return t.tell(msgSignal, int(sig))
	}
}

// Release lets the tree outlive the program. The guardian stays until nothing is
// left of the tree, and then removes its folders.
func (t *Tree) Release() error { return t.tell(msgRelease) }

// Descendants returns the process ids of what lives of the tree, the command
// included. Where Coverage is ProcessGroupOnly it is the group or nothing.
func (t *Tree) Descendants(ctx context.Context) ([]int, error) {
	answer := make(chan []int, 1)
	t.mu.Lock()
	if t.finished {
		t.mu.Unlock()
		return nil, nil
	}
	t.queries = append(t.queries, answer)
	err := t.g.conn.send(msgQuery, nil) // under the lock: answers come in this order
	t.mu.Unlock()
	if err != nil {
		return nil, t.WaitGone(ctx)
	}
	select {
	case pids := <-answer:
		return pids, nil
	case <-t.gone:
		return nil, t.end()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// tell sends numbers. For a tree that is gone there is nothing to tell, and its
// guardian may have another.
func (t *Tree) tell(kind byte, numbers ...int) error {
	t.mu.Lock()
	if t.finished {
		t.mu.Unlock()
		return nil
	}
	err := t.g.conn.send(kind, encodeNumbers(numbers...))
	t.mu.Unlock()
	if err != nil {
		<-t.gone // the lifeline has ended, so this is at hand
		return t.end()
	}
	return nil
}

// abandon gives up a tree that is not wanted any more: the guardian kills what it
// may have started.
func (t *Tree) abandon() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.finished {
		t.g.conn.close()
	}
}

// end says how a tree that is gone went.
func (t *Tree) end() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.finished {
		return ErrLost
	}
	return nil
}
