package session

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/gofrs/flock"
)

// lock is the right to write one session. The file beside the session names the
// process; it goes away with the lock, and one that a dead process left behind
// is free.
type lock struct {
	path string
	held *flock.Flock
}

func acquire(path, id string) (*lock, error) {
	for {
		held := flock.New(path, flock.SetPermissions(0o600))
		ok, err := held.TryLock()
		if err != nil {
			return nil, fmt.Errorf("lock session %s: %w", id, err)
		}
		if !ok {
			return nil, &LockedError{ID: id, PID: holder(path)}
		}
		if !current(path, held) { // its last holder removed the file just now
			_ = held.Close()
			continue
		}
		// Where locks are mandatory this write fails, and nobody learns the pid.
		_ = os.WriteFile(path, []byte(strconv.Itoa(os.Getpid())+"\n"), 0o600)
		return &lock{path: path, held: held}, nil
	}
}

// current reports whether the locked file is still the one at path.
func current(path string, held *flock.Flock) bool {
	mine, err := held.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(mine, there)
}

func holder(path string) int {
	data, err := os.ReadFile(path)
	if err != nil {
		return 0
	}
	pid, _ := strconv.Atoi(strings.TrimSpace(string(data)))
	return pid
}

// release gives the right up. Removing comes first: afterwards the path may be
// another process's lock.
func (l *lock) release() {
	_ = os.Remove(l.path)
	_ = l.held.Close()
}
