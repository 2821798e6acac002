package fingerprint

import (
	"os"
	"path/filepath"
	"testing"
	"time"

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
	if seen, ok := Of(f); ok {
		t.Errorf("%+v", seen)
	}
}

// What is the same to one look is the same to another, and a change is seen by all.
func TestLooks(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	was, ok := Of(f)
	if !ok {
		t.Skip("a file system without a time of change")
	}
	byPath, pathOK := At(path)
	trusted, trustedOK := Trusted(path)
	if !pathOK || !trustedOK || byPath != was || trusted != was || was.Size != 3 {
		t.Errorf("%+v, %+v, %+v", was, byPath, trusted)
	}
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if _, ok := At(path); ok {
		t.Error("looked at what is gone")
	}
	if err := os.WriteFile(path, []byte("two"), 0o600); err != nil {
		t.Fatal(err)
	}
	if other, ok := At(path); !ok || other == was {
		t.Errorf("another file looks the same: %+v", other)
	}
}

func TestBefore(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	f := File{Changed: at.UnixNano()}
	if f.Before(at.Add(Settled-1), Settled) || !f.Before(at.Add(Settled), Settled) || f.Before(at.Add(-time.Hour), Settled) {
		t.Error("not two seconds")
	}
}

func TestSettledBefore(t *testing.T) {
	t.Parallel()
	at := time.Unix(1000, 0)
	tests := map[string]struct {
		changed time.Time
		after   time.Duration
		want    bool
	}{
		"a fraction of a second, just now":  {at.Add(1), 0, false},
		"a fraction, a moment ago":          {at.Add(1), 99 * time.Millisecond, false},
		"a fraction, ten ticks ago":         {at.Add(1), 100 * time.Millisecond, true},
		"a whole second, a while ago":       {at, 1999 * time.Millisecond, false},
		"a whole second, two of them ago":   {at, 2 * time.Second, true},
		"in the future, by another machine": {at.Add(1), -time.Hour, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := File{Changed: test.changed.UnixNano()}
			if got := f.SettledBefore(test.changed.Add(test.after)); got != test.want {
				t.Errorf("settled: %v", got)
			}
		})
	}
}
