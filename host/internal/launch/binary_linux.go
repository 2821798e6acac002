package launch

import (
	"fmt"
	"os"
)

// execPath returns a path that executes the open file itself, and whether it does.
// It goes through this process' entry of /proc, not through self: the descriptor
// tables of the processes between here and the exec are not this one's. Scripts are
// executed by path, since their interpreter opens them by name.
func (b *binary) execPath() (path string, byDescriptor bool) {
	if b.script {
		return b.path, false
	}
	link := fmt.Sprintf("/proc/%d/fd/%d", os.Getpid(), b.f.Fd())
	ours, err := b.f.Stat()
	if err != nil {
		return b.path, false
	}
	// Without /proc, or with another namespace's, the path has to do.
	if through, err := os.Stat(link); err != nil || !os.SameFile(ours, through) {
		return b.path, false
	}
	return link, true
}
