//go:build linux || darwin

package fingerprint

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// Of looks at an open file, whatever its path names by now. There is no fingerprint
// where the time of change is not the file system's own.
func Of(f *os.File) (File, bool) {
	var s syscall.Stat_t
	var system unix.Statfs_t
	fd := int(f.Fd())
	if syscall.Fstat(fd, &s) != nil || unix.Fstatfs(fd, &system) != nil || !keepsChanges(&system) {
		return File{}, false
	}
	return from(&s), true
}

// Trusted is Of for what a path names, through links. It opens nothing.
func Trusted(path string) (File, bool) {
	var system unix.Statfs_t
	if unix.Statfs(path, &system) != nil || !keepsChanges(&system) {
		return File{}, false
	}
	return At(path)
}

// At is Trusted but for the file system, which it does not ask about: what looks the same
// as a file that was trusted is that file.
func At(path string) (File, bool) {
	var s syscall.Stat_t
	if syscall.Stat(path, &s) != nil {
		return File{}, false
	}
	return from(&s), true
}

func from(s *syscall.Stat_t) File {
	modified, changed := times(s)
	return File{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, //nolint:gosec,unconvert,nolintlint // an opaque number, of 32 or 64 bits
		Modified: modified.Nano(), Changed: changed.Nano(),
	}
}
