package shellout

import "syscall"

var otherMachine = []syscall.Errno{syscall.ELIBBAD}
