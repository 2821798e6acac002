//go:build unix

package guard

import (
	"errors"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handle does what the program asks. An error ends the tree: a guardian that no
// longer understands its program cannot guard for it.
func (g *guardian) handle(m message) error {
	switch m.kind {
	case msgStart:
		return g.start(m)
	case msgTerminate:
		return g.terminate(m)
	case msgSignal:
		return g.signal(m)
	case msgQuery:
		return g.conn.send(msgAnswer, encodeNumbers(descendants(g.pid)...))
	case msgRelease:
		g.released = true
		return nil
	}
	return errMalformed
}

func (g *guardian) start(m message) error {
	o, err := decodeOrder(m.payload)
	if err != nil || g.pid != 0 {
		return errMalformed
	}
	pid, err := fork(o, m.fds)
	for _, fd := range m.fds { // the command alone holds them now
		_ = unix.Close(fd)
	}
	if err != nil {
		errno := syscall.EINVAL
		errors.As(err, &errno)
		return errors.Join(g.conn.send(msgFailed, encodeNumbers(int(errno))), err)
	}
	g.order, g.pid = o, pid
	return g.conn.send(msgStarted, encodeNumbers(pid))
}

// fork starts the command on a thread that stays: the kernel takes the end of
// the thread for the end of the parent.
func fork(o order, fds []int) (int, error) {
	attr := &syscall.ProcAttr{Dir: o.dir, Env: o.env, Sys: &syscall.SysProcAttr{Setsid: true, Setctty: o.terminal}}
	dieWithParent(attr.Sys)
	for _, fd := range fds {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	var pid int
	var err error
	forked := make(chan struct{})
	go func() {
		runtime.LockOSThread()
		pid, err = syscall.ForkExec(o.path, o.args, attr)
		close(forked)
		select {}
	}()
	<-forked
	return pid, err
}

func (g *guardian) terminate(m message) error {
	grace, err := decodeNumber(m.payload)
	if err != nil || g.pid == 0 {
		return errMalformed
	}
	if grace == 0 {
		g.kill()
		return nil
	}
	if !g.killing {
		terminate(g.pid, g.reaped)
		g.deadline = time.Now().Add(time.Duration(grace))
		g.timer.Reset(time.Duration(grace))
	}
	return nil
}

func (g *guardian) signal(m message) error {
	n, err := decodeNumber(m.payload)
	if err != nil || g.pid == 0 {
		return errMalformed
	}
	if !g.reaped {
		_ = unix.Kill(-g.pid, syscall.Signal(n))
	}
	return nil
}

// kill begins the end: SIGKILL again and again until nothing is left.
func (g *guardian) kill() {
	if !g.killing {
		g.killing, g.killSince = true, time.Now()
		g.interval = firstStrike
		g.strike()
	}
}

func (g *guardian) strike() {
	if g.pid == 0 {
		return
	}
	strike(g.pid)
	g.timer.Reset(g.interval)
	g.interval = min(g.interval*3/2, slowStrike)
}

// orphans answers the death of a child: while killing, its own children have
// just come to this process and need not wait for the timer.
func (g *guardian) orphans() {
	if g.killing {
		g.interval = firstStrike
		g.strike()
	}
}

func (g *guardian) tick() {
	if !g.trimmed {
		g.trimmed = true
		debug.FreeOSMemory() // what starting up took, for a wait of hours perhaps
	}
	switch {
	case g.killing:
		g.strike()
	case g.deadline.IsZero():
		g.timer.Reset(idleTick)
	case time.Now().Before(g.deadline):
		g.timer.Reset(time.Until(g.deadline))
	default:
		g.kill()
	}
}

// over reaps what has died, reports the command's exit, and says whether nothing
// is left to guard.
func (g *guardian) over() bool {
	if g.pid == 0 {
		return g.killing // told to end, or could not start
	}
	for {
		var status unix.WaitStatus
		pid, err := wait(&status)
		switch {
		case errors.Is(err, unix.EINTR):
		case err != nil: // no children
			return groupGone(g.pid)
		case pid == 0:
			return false
		case pid == g.pid:
			g.reaped = true
			_ = g.conn.send(msgExited, encodeNumbers(int(status)))
		}
	}
}
