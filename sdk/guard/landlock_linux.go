package guard

import (
	"fmt"
	"runtime"
	"sync"

	"golang.org/x/sys/unix"
)

// restricted runs fork on a thread of its own that was put under a Landlock
// ruleset. The command inherits it; the guardian itself, which must be able to kill
// and clean up, and to run other commands later, stays free. The thread stays until
// release, because the command dies with the thread that forked it, and then ends:
// no other work may run under the ruleset.
func restricted(ruleset int, fork func() (int, error)) (pid int, release func(), err error) {
	type result struct {
		pid int
		err error
	}
	forked, end := make(chan result), make(chan struct{})
	go func() {
		runtime.LockOSThread() // and never unlocked: the thread ends with the goroutine
		err := restrictThread(ruleset)
		pid := 0
		if err == nil {
			pid, err = fork()
		}
		forked <- result{pid, err}
		if err == nil {
			<-end
		}
	}()
	r := <-forked
	var once sync.Once
	return r.pid, func() { once.Do(func() { close(end) }) }, r.err
}

func restrictThread(ruleset int) error {
	if err := unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("set no_new_privs: %w", err)
	}
	if _, _, errno := unix.Syscall(unix.SYS_LANDLOCK_RESTRICT_SELF, uintptr(ruleset), 0, 0); errno != 0 {
		return fmt.Errorf("restrict thread: %w", errno)
	}
	return nil
}
