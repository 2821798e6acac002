//go:build unix && !linux

package guard

import (
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	fdFolder  = "/dev/fd"
	recvFlags = 0
	idleTick  = 50 * time.Millisecond // the end of a group is not announced
)

// Coverage says which of a command's descendants this system lets the package
// find and kill. Without a subreaper those that leave the process group escape.
func Coverage() string { return ProcessGroupOnly }

func socketpair() (int, int, error) {
	syscall.ForkLock.RLock()
	defer syscall.ForkLock.RUnlock()
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return 0, 0, err
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	return fds[0], fds[1], nil
}

func self() (string, error) { return os.Executable() }

func becomeReaper() {}

func dieWithParent(*syscall.SysProcAttr) {}

func wait(status *unix.WaitStatus) (int, error) {
	return unix.Wait4(-1, status, unix.WNOHANG, nil)
}

// groupGone reports whether the group of the command has no member left.
func groupGone(group int) bool { return unix.Kill(-group, 0) == unix.ESRCH }

func strike(group int) { _ = unix.Kill(-group, unix.SIGKILL) }

// terminate asks the group to end; what is stopped could not obey without SIGCONT.
func terminate(group int, _ bool) {
	_ = unix.Kill(-group, unix.SIGTERM)
	_ = unix.Kill(-group, unix.SIGCONT)
}

// descendants can only tell whether the group still has members.
func descendants(group int) []int {
	if groupGone(group) {
		return nil
	}
	return []int{group}
}

func sweepSession(pid int, _ bool) { _ = unix.Kill(-pid, unix.SIGKILL) }

// restricted is never reached: Start refuses a ruleset here.
func restricted(int, func() (int, error)) (int, func(), error) { return 0, nil, syscall.ENOSYS }
