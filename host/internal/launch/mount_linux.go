package launch

import (
	"os"

	"golang.org/x/sys/unix"
)

// onNoExecMount reports whether f lies on a file system mounted without execution.
func onNoExecMount(f *os.File) bool {
	var stat unix.Statfs_t
	return unix.Fstatfs(int(f.Fd()), &stat) == nil && stat.Flags&unix.ST_NOEXEC != 0
}
