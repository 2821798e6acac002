//go:build unix

package guard

import (
	"errors"
	"os"
	"syscall"
)

// listen takes what the guardian says until it goes, and buries it.
func (t *Tree) listen() {
	for {
		m, err := t.g.conn.recv()
		if err != nil || t.hear(m) != nil {
			break
		}
	}
	t.g.bury()
	t.mu.Lock()
	pid, exited, lost := t.pid, t.exited, !t.finished
	t.mu.Unlock()
	if lost && pid != 0 {
		sweepSession(pid, exited)
	}
	if !exited {
		close(t.done)
	}
	select {
	case t.start <- ErrLost: // nobody was told anything yet
	default:
	}
	close(t.gone)
}

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
	case m.kind == msgGone:
		t.finished = true
	default:
		return errMalformed
	}
	return nil
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
