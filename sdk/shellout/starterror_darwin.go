package shellout

import "syscall"

// EBADARCH and EBADMACHO, which package syscall does not name.
var otherMachine = []syscall.Errno{86, 88}
