package launch

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func times(s *syscall.Stat_t) (modified, changed syscall.Timespec) { return s.Mtimespec, s.Ctimespec }

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
