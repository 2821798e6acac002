//go:build unix && !linux && !darwin

package shellout

import "syscall"

var otherMachine []syscall.Errno
