package install

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"
)

// lockPoll is how often a lock that somebody else has is tried again.
const lockPoll = 15 * time.Millisecond

// change runs do while no other process changes the store.
func (s Store) change(ctx context.Context, do func() error) error {
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return storeError("make the store", err)
	}
	lock := flock.New(s.mutex(), flock.SetPermissions(0o600))
	if _, err := lock.TryLockContext(ctx, lockPoll); err != nil {
		return storeError("lock the store", err)
	}
	defer func() { _ = lock.Unlock() }()
	return do()
}

func storeError(op string, err error) error {
	var own *Error
	if errors.As(err, &own) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	remedy := "check the folder and the space on its file system"
	if errors.Is(err, fs.ErrPermission) {
		remedy = "make it writable, or set JCODE_HOME to a folder of yours"
	}
	return &Error{Op: op, Kind: KindStore, Err: err, Remedy: remedy}
}

// Lease keeps an object in the store while somebody uses it, whatever is installed
// or removed meanwhile. It ends with Release or with the process.
type Lease struct{ lock *flock.Flock }

// Lease takes a lease on the object of row. A row that is not from the store, or a
// store that cannot be written, gives one that keeps nothing.
func (s Store) Lease(tree string) *Lease {
	if tree == "" {
		return &Lease{}
	}
	if err := os.MkdirAll(s.leases(), 0o700); err != nil {
		return &Lease{}
	}
	lock := flock.New(s.lease(tree), flock.SetPermissions(0o600))
	if ok, err := lock.TryRLock(); err != nil || !ok {
		return &Lease{}
	}
	return &Lease{lock: lock}
}

func (s Store) lease(tree string) string { return filepath.Join(s.leases(), objectPrefix+tree) }

// Release ends the lease. It may be called several times.
func (l *Lease) Release() {
	if l.lock != nil {
		_ = l.lock.Unlock()
	}
}

// leased reports whether somebody uses an object.
func (s Store) leased(tree string) bool {
	if _, err := os.Stat(s.lease(tree)); err != nil {
		return false
	}
	lock := flock.New(s.lease(tree), flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil || !ok {
		return true
	}
	// The file stays: removing it could take it from under a new lease.
	_ = lock.Unlock()
	return false
}

// stage is a folder of one change in the making, on the file system of the store.
// Its lock tells the sweeper that somebody is at work.
type stage struct {
	path string
	lock *flock.Flock
}

func (s Store) newStage() (*stage, error) {
	if err := os.MkdirAll(s.staging(), 0o700); err != nil {
		return nil, storeError("make staging folder", err)
	}
	for range 10 {
		name := fmt.Sprintf("%d-%s", os.Getpid(), rand.Text()[:8])
		if g, err := s.lockStage(filepath.Join(s.staging(), name)); g != nil || err != nil {
			return g, err
		}
	}
	return nil, &Error{Op: "make staging folder", Kind: KindStore, Detail: "no free name in " + s.staging()}
}

// lockStage returns nil when a sweeper was quicker than the lock: it may remove
// what it found.
func (s Store) lockStage(path string) (*stage, error) {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err != nil {
		return nil, storeError("lock staging folder", err)
	}
	if !ok {
		return nil, nil //nolint:nilnil // neither an error nor a stage
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		_ = os.Remove(lock.Path())
		_ = lock.Unlock()
		return nil, storeError("make staging folder", err)
	}
	if _, err := os.Stat(path + ".lock"); err != nil {
		_ = lock.Unlock()
		_ = os.RemoveAll(path)
		return nil, nil //nolint:nilnil,nilerr // as above
	}
	return &stage{path: path, lock: lock}, nil
}

func (g *stage) in(names ...string) string {
	return filepath.Join(append([]string{g.path}, names...)...)
}

// remove removes the folder with all in it.
func (g *stage) remove() {
	_ = removeTree(g.path)
	_ = os.Remove(g.lock.Path())
	_ = g.lock.Unlock()
}

// sweepStage removes a stage whose owner is dead.
func (s Store) sweepStage(path string) bool {
	lock := flock.New(path+".lock", flock.SetPermissions(0o600))
	if ok, err := lock.TryLock(); err != nil || !ok {
		return false
	}
	defer func() { _ = lock.Unlock() }()
	_, err := os.Lstat(path)
	_ = removeTree(path)
	_ = os.Remove(path + ".lock")
	return err == nil
}
