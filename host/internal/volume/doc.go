// Package volume finds out what the file system under a folder can do: how much
// room it has, whether it is a network's, whether a lock keeps others out and a
// rename replaces a file in one step. jcode's credential files, sessions and plugin
// store rely on the last two.
package volume

import "errors"

// Facts are what the system tells of a file system. A plain value.
type Facts struct {
	// Kind is the system's name for it, "ext4" or "nfs"; empty when it does not say.
	Kind string
	// Network says that other machines may write to it too.
	Network bool
	// Free is how many bytes this user may still write; -1 when nobody says.
	Free int64
}

var (
	// ErrSharedLock says that a lock did not keep a second holder out.
	ErrSharedLock = errors.New("a lock does not keep others out")
	// ErrHeldLock says that a lock could not be had again after its release.
	ErrHeldLock = errors.New("a lock stays after its release")
)
