package main

import (
	"os"

	"golang.org/x/sys/unix"
)

// foreground reports whether the program may read from its terminal: one that was
// sent to the background would be stopped.
func foreground(terminal *os.File) bool {
	group, err := unix.IoctlGetInt(int(terminal.Fd()), unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}

// forgetTyped drops what was typed and not read yet.
func forgetTyped(terminal *os.File) {
	_ = unix.IoctlSetInt(int(terminal.Fd()), unix.TCFLSH, unix.TCIFLUSH)
}
