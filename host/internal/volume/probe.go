package volume

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// TryLock takes the lock of the file path and gives it back at once. busy says that
// somebody else has it. It is what a second process does for [Locks].
func TryLock(path string) (busy bool, err error) {
	lock := flock.New(path, flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	if err := errors.Join(err, lock.Close()); err != nil {
		return false, fmt.Errorf("lock %s: %w", path, err)
	}
	return !ok, nil
}

// Locks reports whether a lock in folder keeps out whoever comes second, and lets
// them in once it is given back. other is what comes second: it tries the lock of a
// file as [TryLock] does, in another process where the caller has one.
func Locks(ctx context.Context, folder string, other func(ctx context.Context, path string) (busy bool, err error)) error {
	f, err := os.CreateTemp(folder, ".doctor-lock-*")
	if err != nil {
		return fmt.Errorf("make a file to lock: %w", err)
	}
	path := f.Name()
	_ = f.Close()
	defer func() { _ = os.Remove(path) }()
	lock := flock.New(path, flock.SetPermissions(0o600))
	if _, err := lock.TryLock(); err != nil {
		return errors.Join(fmt.Errorf("lock %s: %w", path, err), lock.Close())
	}
	busy, err := other(ctx, path)
	switch err := errors.Join(err, lock.Close()); {
	case err != nil:
		return err
	case !busy:
		return ErrSharedLock
	}
	busy, err = other(ctx, path)
	if err == nil && busy {
		err = ErrHeldLock
	}
	return err
}

// Replaces reports whether a rename in folder puts a new file in the place of an
// old one: what every write of a credential file relies on.
func Replaces(folder string) error {
	work, err := os.MkdirTemp(folder, ".doctor-rename-*")
	if err != nil {
		return fmt.Errorf("make a folder to rename in: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	target, next := filepath.Join(work, "target"), filepath.Join(work, "next")
	if err := errors.Join(writeSynced(target, "old"), writeSynced(next, "new")); err != nil {
		return err
	}
	if err := os.Rename(next, target); err != nil {
		return fmt.Errorf("replace a file: %w", err)
	}
	content, err := os.ReadFile(target)
	if err != nil {
		return fmt.Errorf("read the replaced file: %w", err)
	}
	if !bytes.Equal(content, []byte("new")) {
		return errors.New("replace a file: it still has its old content")
	}
	return nil
}

func writeSynced(path, content string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	_, err = f.WriteString(content)
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("write a file: %w", err)
	}
	return nil
}
