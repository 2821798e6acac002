//go:build unix

package guard

import (
	"errors"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// handle does what the program asks. An error ends the tree: a guardian that no
// longer understands its program cannot guard for it.
func (g *guardian) handle(m message) error {
	if m.kind == msgStart {
		return g.start(m)
	}
	if g.pid == 0 {
		return nil // it is about the last tree, and crossed the news of its end
	}
	switch m.kind {
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
	g.trimSoon()
	pid, release, err := forkUnder(o, m.fds)
	for _, fd := range m.fds { // the command alone holds them now
		_ = unix.Close(fd)
	}
	if err != nil {
		errno := syscall.EINVAL
		errors.As(err, &errno)
		return errors.Join(g.conn.send(msgFailed, encodeNumbers(int(errno))), err)
	}
	g.order, g.pid, g.release = o, pid, release
	return g.conn.send(msgStarted, encodeNumbers(pid))
}

// forkUnder starts the command, under its Landlock ruleset if it has one. release
// lets go of what must stay as long as the command.
func forkUnder(o order, fds []int) (pid int, release func(), err error) {
	if !o.landlock {
		pid, err = fork(o, fds)
		return pid, func() {}, err
	}
	if len(fds) == 0 {
		return 0, nil, errMalformed
	}
	ruleset, fds := fds[len(fds)-1], fds[:len(fds)-1]
	return restricted(ruleset, func() (int, error) { return fork(o, fds) })
}

// fork starts the command, which dies with this thread.
func fork(o order, fds []int) (int, error) {
	attr := &syscall.ProcAttr{Dir: o.dir, Env: o.env, Sys: &syscall.SysProcAttr{Setsid: true, Setctty: o.terminal}}
	dieWithParent(attr.Sys)
	for _, fd := range fds {
		attr.Files = append(attr.Files, uintptr(fd))
	}
	return syscall.ForkExec(o.path, o.args, attr)
}

func (g *guardian) terminate(m message) error {
	grace, err := decodeNumber(m.payload)
	if err != nil {
		return errMalformed
	}
	if grace == 0 {
		g.kill()
		return nil
	}
	if !g.killing {
		terminate(g.pid, g.reaped)
		g.deadline = time.Now().Add(time.Duration(grace))
		g.schedule()
	}
	return nil
}

func (g *guardian) signal(m message) error {
	n, err := decodeNumber(m.payload)
	if err != nil {
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
	g.schedule()
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

// tick does what it is time for.
func (g *guardian) tick() {
	now := time.Now()
	switch {
	case g.killing:
		g.strike()
	case !g.deadline.IsZero() && !now.Before(g.deadline):
		g.kill()
	case !g.trimAt.IsZero() && !now.Before(g.trimAt):
		g.trim()
	}
	g.schedule()
}

// schedule sets the timer to what is due next.
func (g *guardian) schedule() {
	next := idleTick
	if g.pid == 0 {
		next = time.Hour
	}
	if !g.trimAt.IsZero() {
		next = min(next, time.Until(g.trimAt))
	}
	switch {
	case g.killing:
		next = g.interval
	case !g.deadline.IsZero():
		next = min(next, time.Until(g.deadline))
	}
	g.timer.Reset(max(next, 0))
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
