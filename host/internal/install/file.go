package install

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// replace writes a file so that a crash leaves the old or the new one.
func replace(target string, text []byte) error {
	folder := filepath.Dir(target)
	f, err := os.CreateTemp(folder, "."+filepath.Base(target)+".tmp-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", target, err)
	}
	_, err = f.Write(text)
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err == nil {
		err = os.Rename(f.Name(), target)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", target, err), os.Remove(f.Name()))
	}
	return syncFolder(folder)
}

// syncFolder makes a rename last. Some file systems cannot, and Windows need not.
func syncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return fmt.Errorf("sync %s: %w", path, err)
	}
	return nil
}

// syncTree makes every file below root last.
func syncTree(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return syncFolder(path)
		}
		if runtime.GOOS == "windows" {
			return nil // it syncs only what is open for writing
		}
		f, err := os.Open(path) //nolint:gosec // nobody else writes there
		if err != nil {
			return err
		}
		return errors.Join(f.Sync(), f.Close())
	})
}

// seal takes the right to write from everything below root.
func seal(root string) error {
	return filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return os.Chmod(path, 0o555) //nolint:gosec // programs are there to be executed
		}
		info, err := entry.Info()
		if err != nil {
			return err
		}
		mode := fs.FileMode(0o444)
		if info.Mode()&0o111 != 0 {
			mode = 0o555
		}
		return os.Chmod(path, mode) //nolint:gosec // nobody else writes there
	})
}

// removeTree removes also what was sealed.
func removeTree(root string) error {
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700) //nolint:gosec // so that it can be removed
		}
		if err == nil && runtime.GOOS == "windows" {
			_ = os.Chmod(path, 0o600) //nolint:gosec // a read-only file cannot be removed there
		}
		return nil
	})
	return os.RemoveAll(root)
}
