//go:build unix

package guard

import (
	"errors"
	"os"
	"syscall"
)

func (t *Tree) hear(m message) error {
	numbers, err := decodeNumbers(m.payload)
	if err != nil {
		return err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	switch {
	case m.kind == msgStarted && len(numbers) == 1:
		t.pid = numbers[0]
		t.start <- nil
	case m.kind == msgFailed && len(numbers) == 1:
		t.start <- syscall.Errno(numbers[0])
	case m.kind == msgExited && len(numbers) == 1 && !t.exited:
		t.exit, t.exited = exitOf(syscall.WaitStatus(numbers[0])), true //nolint:gosec // it was a status
		close(t.done)
	case m.kind == msgAnswer && len(t.queries) > 0:
		t.queries[0] <- numbers
		t.queries = t.queries[1:]
	default:
		return errMalformed
	}
	return nil
}

// started reports whether the command runs or ran.
func (t *Tree) started() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.pid != 0
}

// detach separates the tree, of which nothing is left, from its guardian, which
// may get another: nothing must be sent to it any more.
func (t *Tree) detach() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.finished = true
}

// close tells everybody that nothing is left, or that nobody knows.
func (t *Tree) close() {
	t.mu.Lock()
	exited := t.exited
	t.mu.Unlock()
	if !exited {
		close(t.done)
	}
	close(t.gone)
}

// lose ends a tree whose guardian has gone without a goodbye.
func (t *Tree) lose() {
	t.mu.Lock()
	pid, exited := t.pid, t.exited
	t.mu.Unlock()
	if pid != 0 {
		sweepSession(pid, exited)
	}
	select {
	case t.start <- ErrLost: // nobody was told anything yet
	default:
	}
	t.close()
}

func exitOf(status syscall.WaitStatus) Exit {
	if status.Signaled() {
		return Exit{Code: -1, Signal: status.Signal()}
	}
	return Exit{Code: status.ExitStatus()}
}

// pathError says which program could not be started, if it was the system that
// refused it.
func pathError(path string, err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) {
		return &os.PathError{Op: "fork/exec", Path: path, Err: errno}
	}
	return err
}
