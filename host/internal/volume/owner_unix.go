//go:build unix

package volume

import (
	"os"
	"syscall"
)

// Foreign reports whether a file belongs to another user than the one who runs
// this process.
func Foreign(info os.FileInfo) bool {
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && int(stat.Uid) != os.Getuid()
}

// OthersMay reports whether a file's mode lets other users read or write it.
func OthersMay(info os.FileInfo) bool { return info.Mode().Perm()&0o077 != 0 }
