//go:build !linux

package launch

// execPath returns the path: no other system executes an open file.
func (b *binary) execPath(string) (path string, byDescriptor bool) { return b.path, false }
