package credfile

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/gofrs/flock"
)

const (
	// DefaultLockLimit is how long Update waits for other processes. One of them
	// may be talking to a vendor while it holds the lock.
	DefaultLockLimit = 30 * time.Second

	lockRetry = 5 * time.Millisecond
)

// LockTimeoutError says that another process held the lock of a file for longer
// than the caller wanted to wait. The file was not touched.
type LockTimeoutError struct {
	Path  string // the lock file
	Limit time.Duration
}

// Error names the file and how long was waited.
func (e *LockTimeoutError) Error() string {
	return fmt.Sprintf("lock %s: another process held it for %v", e.Path, e.Limit)
}

// acquire takes the lock and returns what releases it. The kernel releases it
// too when the process ends. The file stays: removing it would let two in.
func acquire(ctx context.Context, path string, limit time.Duration) (func(), error) {
	waiting, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	for {
		l := flock.New(path, flock.SetPermissions(0o600))
		_, err := l.TryLockContext(waiting, lockRetry)
		if err != nil {
			_ = l.Close()
			if ctx.Err() == nil && errors.Is(err, context.DeadlineExceeded) {
				return nil, &LockTimeoutError{Path: path, Limit: limit}
			}
			return nil, fmt.Errorf("lock %s: %w", path, cause(err))
		}
		if current(l, path) {
			return func() { _ = l.Close() }, nil
		}
		_ = l.Close() // somebody removed the file meanwhile: this lock binds nobody
	}
}

func current(l *flock.Flock, path string) bool {
	held, err := l.Stat()
	if err != nil {
		return false
	}
	there, err := os.Stat(path)
	return err == nil && os.SameFile(held, there)
}
