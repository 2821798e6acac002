package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// errNoRoom is what the system says when a disk is full.
const errNoRoom = windows.ERROR_DISK_FULL

// diskFull reports whether there was no room for a file.
func diskFull(err error) bool {
	return errors.Is(err, errNoRoom) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}
