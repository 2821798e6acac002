package launch

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// fingerprintOf looks at the open file, whatever its path names by now. There is none
// where the time of change is not the file system's own.
func fingerprintOf(f *os.File) (fingerprint, bool) {
	info, err := f.Stat()
	if err != nil || !keepsChanges(f) {
		return fingerprint{}, false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fingerprint{}, false
	}
	return fingerprint{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, //nolint:gosec // an opaque number
		Modified: s.Mtimespec.Nano(), Changed: s.Ctimespec.Nano(),
	}, true
}

// keepsChanges reports whether the file system of f has a time of change of its own.
// FAT's, say, is the time of modification, which anybody sets.
func keepsChanges(f *os.File) bool {
	var stat unix.Statfs_t
	if unix.Fstatfs(int(f.Fd()), &stat) != nil {
		return false
	}
	kind := unix.ByteSliceToString(stat.Fstypename[:])
	return kind == "apfs" || kind == "hfs"
}
