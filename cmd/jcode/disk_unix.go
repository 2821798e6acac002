//go:build unix

package main

import (
	"errors"
	"syscall"
)

// errNoRoom is what the system says when a disk is full.
const errNoRoom = syscall.ENOSPC

// diskFull reports whether there was no room for a file, on the disk or in what the
// user may take of it.
func diskFull(err error) bool {
	return errors.Is(err, errNoRoom) || errors.Is(err, syscall.EDQUOT)
}
