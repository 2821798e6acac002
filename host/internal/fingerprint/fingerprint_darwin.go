package fingerprint

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func times(s *syscall.Stat_t) (modified, changed syscall.Timespec) { return s.Mtimespec, s.Ctimespec }

// keepsChanges reports whether a file system has a time of change of its own. FAT's, say,
// is the time of modification, which anybody sets.
func keepsChanges(s *unix.Statfs_t) bool {
	kind := unix.ByteSliceToString(s.Fstypename[:])
	return kind == "apfs" || kind == "hfs"
}
