package launch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Rights of a Landlock rule.
const (
	accessRead  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_READ_DIR
	accessFile  = unix.LANDLOCK_ACCESS_FS_EXECUTE | unix.LANDLOCK_ACCESS_FS_READ_FILE | unix.LANDLOCK_ACCESS_FS_WRITE_FILE | unix.LANDLOCK_ACCESS_FS_TRUNCATE | unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	accessFirst = 1<<13 - 1 // what the first version knows
)

// newRuleset makes a Landlock ruleset of a wall: the kernel closes everything that
// it does not name. It returns the version of Landlock that the kernel has. Whoever
// puts a process under it closes the file.
//
// It speaks to the kernel itself, not through go-landlock: that restricts the whole
// calling process, and here it is one child that is to be restricted.
func newRuleset(w wall) (ruleset *os.File, abi string, err error) {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 || version < 1 {
		return nil, "", errNoLandlock
	}
	attr := handled(int(version))
	fd, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, uintptr(unsafe.Pointer(&attr)), unsafe.Sizeof(attr), 0) //nolint:gosec // the kernel reads the structure during the call
	if errno != 0 {
		return nil, "", fmt.Errorf("make Landlock ruleset: %w", errno)
	}
	unix.CloseOnExec(int(fd))
	ruleset = os.NewFile(fd, "landlock")
	for _, rule := range []struct {
		paths  []string
		access uint64
	}{{w.read, accessRead}, {w.write, attr.Handled_access_fs}} {
		for _, path := range rule.paths {
			if err := allow(int(fd), path, rule.access&attr.Handled_access_fs); err != nil {
				return nil, "", errors.Join(err, ruleset.Close())
			}
		}
	}
	return ruleset, fmt.Sprintf("Landlock ABI %d", version), nil
}

// handled is all that a version of Landlock can close.
func handled(version int) unix.LandlockRulesetAttr {
	attr := unix.LandlockRulesetAttr{Handled_access_fs: accessFirst}
	if version >= 2 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_REFER
	}
	if version >= 3 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_TRUNCATE
	}
	if version >= 5 {
		attr.Handled_access_fs |= unix.LANDLOCK_ACCESS_FS_IOCTL_DEV
	}
	if version >= 6 {
		attr.Scoped = unix.LANDLOCK_SCOPE_ABSTRACT_UNIX_SOCKET | unix.LANDLOCK_SCOPE_SIGNAL
	}
	return attr
}

// allow opens a path, and what is below it; one that is not there is no error.
func allow(ruleset int, path string, access uint64) error {
	fd, err := unix.Open(path, unix.O_PATH|unix.O_CLOEXEC, 0)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) || errors.Is(err, unix.ENOTDIR) {
			return nil
		}
		return fmt.Errorf("open %s for the sandbox: %w", path, err)
	}
	defer func() { _ = unix.Close(fd) }()
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fmt.Errorf("look at %s for the sandbox: %w", path, err)
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFDIR {
		access &= accessFile
	}
	rule := unix.LandlockPathBeneathAttr{Allowed_access: access, Parent_fd: int32(fd)} //nolint:gosec // a descriptor is small
	if _, _, errno := unix.Syscall6(unix.SYS_LANDLOCK_ADD_RULE, uintptr(ruleset), unix.LANDLOCK_RULE_PATH_BENEATH, uintptr(unsafe.Pointer(&rule)), 0, 0, 0); errno != 0 {
		return fmt.Errorf("open %s in the sandbox: %w", path, errno)
	}
	return nil
}

// inheritedPath makes a link in folder that executes descriptor 3, which the
// process is given: a sandboxed process may not go through another's descriptors.
func inheritedPath(folder, name string) (string, error) {
	path := folder + "/" + name
	_ = os.Remove(path)
	return path, os.Symlink("/proc/self/fd/3", path)
}
