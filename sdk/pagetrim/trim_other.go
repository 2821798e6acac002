//go:build !linux

package pagetrim

// Trim does nothing here and returns 0: only Linux is known to need it.
func Trim() int { return 0 }
