//go:build unix

package launch

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

const socketWorks = true

// lockFolder takes the lock of a folder without waiting. ok is false when somebody
// else has it or the folder is gone. The lock ends with the file, or the process.
func lockFolder(path string) (lock *os.File, ok bool) {
	f, err := os.Open(path)
	if err != nil {
		return nil, false
	}
	for {
		err = unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if !errors.Is(err, unix.EINTR) {
			break
		}
	}
	if errors.Is(err, unix.EWOULDBLOCK) {
		_ = f.Close()
		return nil, false
	}
	if err != nil { // a file system without locks: nobody sweeps there
		_ = f.Close()
		return nil, true
	}
	ours, err := f.Stat()
	now, err2 := os.Stat(path)
	if err != nil || err2 != nil || !os.SameFile(ours, now) {
		_ = f.Close()
		return nil, false
	}
	return f, true
}

func private(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) == os.Getuid() && info.Mode().Perm()&0o077 == 0
}

// shortTemp is short on every Unix, which TMPDIR is not on macOS.
func shortTemp() string { return "/tmp" }
