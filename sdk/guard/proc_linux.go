package guard

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	fdFolder  = "/proc/self/fd"
	recvFlags = unix.MSG_CMSG_CLOEXEC
	idleTick  = time.Hour // every end is announced by a signal
)

// Coverage says which of a command's descendants this system lets the package
// find and kill.
func Coverage() string {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		return ProcessGroupOnly // without /proc there is no list of children
	}
	return EveryDescendant
}

func socketpair() (int, int, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	return fds[0], fds[1], err
}

// self is the running executable, also when its file was replaced or removed.
func self() (string, error) {
	const link = "/proc/self/exe"
	if _, err := os.Lstat(link); err == nil {
		return link, nil
	}
	return os.Executable()
}

// becomeReaper makes orphans of the tree children of this process.
func becomeReaper() {
	// Without it (never seen) the group is still killed.
	_ = unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
	_ = os.WriteFile("/proc/self/comm", []byte("jcode-guard"), 0o600) // for ps; it would say "exe"
}

// dieWithParent kills the command if the guardian is killed.
func dieWithParent(attr *syscall.SysProcAttr) { attr.Pdeathsig = syscall.SIGKILL }

// wait reaps any child, including threads of a kind that a plain wait skips.
func wait(status *unix.WaitStatus) (int, error) {
	return unix.Wait4(-1, status, unix.WNOHANG|unix.WALL, nil)
}

// groupGone reports whether nothing of the group is left once there are no
// children. A subreaper without children has no descendants.
func groupGone(int) bool { return true }

// strike sends SIGKILL to everything below this process. What forks meanwhile
// comes to this process as an orphan, so the caller repeats it until there are
// no children left. A process is killed before its children are listed, which
// leaves it the least time to fork.
func strike(int) { killBelow(os.Getpid()) }

func killBelow(pid int) {
	for _, child := range children(pid) {
		_ = unix.Kill(child, unix.SIGKILL)
		killBelow(child)
	}
}

// terminate sends SIGTERM to every descendant once: twice would mean "at once"
// to some programs. The group gets it in one stroke; its id is only used
// while the command is not reaped, after that it may belong to somebody else.
// SIGCONT follows, because what is stopped cannot obey.
func terminate(group int, reaped bool) {
	all := descendants(group)
	if !reaped {
		_ = unix.Kill(-group, unix.SIGTERM)
		_ = unix.Kill(-group, unix.SIGCONT)
	}
	for _, pid := range all {
		if pgid, err := unix.Getpgid(pid); reaped || err != nil || pgid != group {
			_ = unix.Kill(pid, unix.SIGTERM)
			_ = unix.Kill(pid, unix.SIGCONT)
		}
	}
}

// descendants lists the living processes below this one.
func descendants(int) []int {
	var all []int
	for next := []int{os.Getpid()}; len(next) > 0; next = next[1:] {
		for _, pid := range children(next[0]) {
			next = append(next, pid)
			if s, ok := readStat(strconv.Itoa(pid)); ok && s.state != 'Z' && s.state != 'X' {
				all = append(all, pid)
			}
		}
	}
	return all
}

// children lists the children of all threads of a process. It can miss some
// that come or go meanwhile.
func children(pid int) []int {
	dir := fmt.Sprintf("/proc/%d/task", pid)
	tasks, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var all []int
	for _, task := range tasks {
		b, err := os.ReadFile(dir + "/" + task.Name() + "/children")
		if os.IsNotExist(err) {
			if _, err := os.Stat("/proc/thread-self/children"); err != nil {
				return childrenByStat(pid) // a kernel without these files
			}
		}
		for field := range bytes.FieldsSeq(b) {
			if child, err := strconv.Atoi(string(field)); err == nil && child > 1 {
				all = append(all, child)
			}
		}
	}
	return all
}

func childrenByStat(parent int) []int {
	return processesWith(func(s stat) bool { return s.parent == parent })
}

// sweepSession kills what is left of a lost tree: the session that the command
// led. If a process has its pid again, the session may be somebody else's.
func sweepSession(pid int, reaped bool) {
	if reaped && unix.Kill(pid, 0) != unix.ESRCH {
		return
	}
	for _, p := range processesWith(func(s stat) bool { return s.session == pid }) {
		_ = unix.Kill(p, unix.SIGKILL)
	}
}

func processesWith(match func(stat) bool) []int {
	dir, err := os.Open("/proc")
	if err != nil {
		return nil
	}
	defer func() { _ = dir.Close() }()
	names, _ := dir.Readdirnames(-1)
	var all []int
	for _, name := range names {
		pid, err := strconv.Atoi(name)
		if err != nil {
			continue
		}
		if s, ok := readStat(name); ok && match(s) {
			all = append(all, pid)
		}
	}
	return all
}

// stat is what is needed of /proc/PID/stat.
type stat struct {
	state           byte
	parent, session int
}

func readStat(pid string) (stat, bool) {
	b, err := os.ReadFile("/proc/" + pid + "/stat")
	if err != nil {
		return stat{}, false
	}
	return parseStat(b)
}

// parseStat reads "pid (name) state ppid pgrp session …"; the name may hold
// anything, parentheses included.
func parseStat(b []byte) (stat, bool) {
	_, rest, ok := bytes.Cut(b[max(bytes.LastIndexByte(b, ')'), 0):], []byte(" "))
	f := bytes.Fields(rest)
	if !ok || len(f) < 4 {
		return stat{}, false
	}
	parent, err1 := strconv.Atoi(string(f[1]))
	session, err2 := strconv.Atoi(string(f[3]))
	return stat{state: f[0][0], parent: parent, session: session}, err1 == nil && err2 == nil
}
