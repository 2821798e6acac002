package pagetrim

import (
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
)

// From linux/userfaultfd.h.
const (
	userModeOnly = 1 // a flag of userfaultfd(2), for which no privilege is needed

	uffdAPI           = 0xaa
	featureWPAsync    = 1 << 15 // Linux 6.7: any mapping, and the kernel answers by itself
	registerModeWP    = 1 << 1
	ioctlUFFDAPI      = 0xc018aa3f
	ioctlUFFDRegister = 0xc020aa00
)

// watcher is the descriptor that registered mappings hang on; -1 where the system
// has none. It stays open for as long as the program runs. Under a seccomp filter the
// call is not tried: most refuse it, and some kill whoever makes a call that they do not
// know.
var watcher = sync.OnceValue(func() int {
	if statusSays("Seccomp:\t2") {
		return -1
	}
	fd, _, errno := unix.Syscall(unix.SYS_USERFAULTFD, unix.O_CLOEXEC|unix.O_NONBLOCK|userModeOnly, 0, 0)
	if errno != 0 {
		return -1
	}
	api := struct{ api, features, ioctls uint64 }{api: uffdAPI, features: featureWPAsync}
	if _, _, errno := unix.Syscall(unix.SYS_IOCTL, fd, ioctlUFFDAPI, uintptr(unsafe.Pointer(&api))); errno != 0 { //nolint:gosec // the structure that the call takes
		_ = unix.Close(int(fd))
		return -1
	}
	return int(fd)
})

// mapSingly has the kernel map, from now on, only the pages of a mapping that are
// touched, and not their neighbours: it does so in mappings whose writes userfaultfd(2)
// watches, to miss none. Nothing is ever written here, and nobody reads the descriptor.
// Where the system cannot do it, or may not, it does nothing.
func mapSingly(m mapping) {
	fd := watcher()
	if fd < 0 {
		return
	}
	register := struct{ start, size, mode, ioctls uint64 }{start: uint64(m.start), size: uint64(m.end - m.start), mode: registerModeWP}
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(fd), ioctlUFFDRegister, uintptr(unsafe.Pointer(&register))) //nolint:gosec // the structure that the call takes
}
