//go:build linux || darwin

package launch

import (
	"os"
	"syscall"
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
	modified, changed := times(s)
	return fingerprint{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, //nolint:gosec,unconvert,nolintlint // an opaque number, of 32 or 64 bits
		Modified: modified.Nano(), Changed: changed.Nano(),
	}, true
}
