package launch

import (
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func times(s *syscall.Stat_t) (modified, changed syscall.Timespec) { return s.Mtim, s.Ctim }

// keepsChanges reports whether the file system of f has a time of change of its own.
func keepsChanges(f *os.File) bool {
	var stat unix.Statfs_t
	return unix.Fstatfs(int(f.Fd()), &stat) == nil && keepsChange(uint32(stat.Type)) //nolint:gosec // 32 bits are all that a type has
}

// keepsChange says so of a type, and only of those that are known for it: FAT and many
// file systems of programs (FUSE) tell the time of modification instead, which anybody
// sets, and a server's is whatever the server says.
func keepsChange(kind uint32) bool {
	switch kind {
	case unix.EXT4_SUPER_MAGIC, unix.XFS_SUPER_MAGIC, unix.BTRFS_SUPER_MAGIC, unix.F2FS_SUPER_MAGIC,
		unix.BCACHEFS_SUPER_MAGIC, zfsMagic, unix.TMPFS_MAGIC, unix.OVERLAYFS_SUPER_MAGIC:
		return true
	}
	return false
}

const zfsMagic = 0x2fc12fc1 // the kernel's headers have none
