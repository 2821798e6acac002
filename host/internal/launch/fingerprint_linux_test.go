package launch

import (
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

func TestKeepsChange(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		kind uint32
		want bool
	}{
		"ext4":    {unix.EXT4_SUPER_MAGIC, true},
		"btrfs":   {unix.BTRFS_SUPER_MAGIC, true},
		"overlay": {unix.OVERLAYFS_SUPER_MAGIC, true},
		"FAT":     {unix.MSDOS_SUPER_MAGIC, false},
		"exFAT":   {unix.EXFAT_SUPER_MAGIC, false},
		"FUSE":    {unix.FUSE_SUPER_MAGIC, false},
		"CIFS":    {unix.CIFS_SUPER_MAGIC, false},
		"NFS":     {unix.NFS_SUPER_MAGIC, false},
		"9P":      {unix.V9FS_MAGIC, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := keepsChange(test.kind); got != test.want {
				t.Errorf("keeps a time of change: %v", got)
			}
		})
	}
}

// The file system of /proc has no time of change that says anything.
func TestNoFingerprintWithoutChanges(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join("/proc", "self", "status"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	if seen, ok := fingerprintOf(f); ok {
		t.Errorf("%+v", seen)
	}
}
