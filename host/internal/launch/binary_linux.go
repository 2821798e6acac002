package launch

import (
	"fmt"
	"os"
	"path/filepath"
)

// execPath returns a path that executes the open file itself, and whether it does.
// It goes through this process' entry of /proc, not through self: the descriptor
// tables of the processes between here and the exec are not this one's. A link in
// the private folder gives the process its name, which would else be the number of
// the descriptor. Scripts are executed by path, since their interpreter opens them
// by name.
func (b *binary) execPath(folder string) (path string, byDescriptor bool) {
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
	named := filepath.Join(folder, filepath.Base(b.path))
	if os.Symlink(link, named) == nil {
		return named, true
	}
	return link, true
}
