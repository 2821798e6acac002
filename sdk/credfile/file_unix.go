//go:build unix

package credfile

import (
	"errors"
	"os"
	"syscall"
)

const modesCount = true

func rename(from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return linkCause(err)
	}
	return nil
}

func linkCause(err error) error {
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return err
}

// syncFolder makes a rename last. Some file systems cannot, and need not.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}

// keepOwner gives the new file the owner of the old one. It matters only to root,
// who would otherwise lock users out of their own credentials.
func keepOwner(f *os.File, target string) {
	if os.Geteuid() != 0 {
		return
	}
	info, err := os.Stat(target)
	if err != nil {
		return
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); ok {
		_ = f.Chown(int(stat.Uid), int(stat.Gid))
	}
}
