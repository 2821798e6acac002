package launch

import (
	"os"
	"syscall"
)

// fingerprintOf looks at the open file, whatever its path names by now.
func fingerprintOf(f *os.File) (fingerprint, bool) {
	info, err := f.Stat()
	if err != nil {
		return fingerprint{}, false
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok {
		return fingerprint{}, false
	}
	return fingerprint{
		Device: uint64(s.Dev), Inode: s.Ino, Size: s.Size, //nolint:unconvert // 32 bits on some architectures
		Modified: s.Mtim.Nano(), Changed: s.Ctim.Nano(),
	}, true
}
