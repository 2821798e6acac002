package fingerprint

import (
	"syscall"

	"golang.org/x/sys/unix"
)

func times(s *syscall.Stat_t) (modified, changed syscall.Timespec) { return s.Mtim, s.Ctim }

// keepsChanges reports whether a file system has a time of change of its own.
func keepsChanges(s *unix.Statfs_t) bool {
	return keepsChange(uint32(s.Type)) //nolint:gosec // 32 bits are all that a type has
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
