//go:build unix

package launch

import (
	"context"
	"os"
	"runtime"
	"sync/atomic"
	"syscall"
	"time"
)

// start starts s, under a guardian if it may leave processes behind.
func start(ctx context.Context, s spec, guarded bool) (program, error) {
	if guarded {
		return startGuarded(ctx, s)
	}
	return startDirect(s)
}

// directProgram is a process without guardian, in a session of its own.
type directProgram struct {
	process *os.Process
	ended   chan struct{}
	status  exitStatus
	over    atomic.Bool
}

// startDirect starts s from a thread that stays until the process has ended:
// where the kernel kills a child with its parent, it means the thread.
func startDirect(s spec) (program, error) {
	d := &directProgram{ended: make(chan struct{})}
	started := make(chan error, 1)
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		process, err := os.StartProcess(s.path, s.args, &os.ProcAttr{
			Dir: s.dir, Env: s.env, Files: s.files[:],
			Sys: dieWithParent(&syscall.SysProcAttr{Setsid: true}),
		})
		d.process = process
		started <- err
		if err == nil {
			d.reap()
		}
	}()
	if err := <-started; err != nil {
		return nil, err
	}
	return d, nil
}

// reap waits for the process and kills what it left in its group, where the
// system allows before its number can be given to somebody else.
func (d *directProgram) reap() {
	group := -d.process.Pid
	unreaped := awaitExit(d.process.Pid)
	if unreaped {
		d.over.Store(true)
		_ = syscall.Kill(group, syscall.SIGKILL)
	}
	state, err := d.process.Wait()
	if !unreaped {
		d.over.Store(true)
		_ = syscall.Kill(group, syscall.SIGKILL)
	}
	d.status = exitStatus{lost: true}
	if err == nil {
		if status, ok := state.Sys().(syscall.WaitStatus); ok {
			d.status = exitStatus{code: status.ExitStatus()}
			if status.Signaled() {
				d.status.signal = status.Signal()
			}
		}
	}
	close(d.ended)
}

func (d *directProgram) pid() int { return d.process.Pid }

func (d *directProgram) wait() exitStatus {
	<-d.ended
	return d.status
}

func (d *directProgram) terminate() { d.signal(syscall.SIGTERM) }

func (d *directProgram) signal(s syscall.Signal) {
	if !d.over.Load() {
		_ = syscall.Kill(-d.process.Pid, s)
	}
}

func (d *directProgram) destroy(grace time.Duration) {
	select {
	case <-d.ended:
		return
	default:
	}
	if grace > 0 {
		d.terminate()
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-d.ended:
			return
		case <-timer.C:
		}
	}
	children := descendants(d.process.Pid)
	d.signal(syscall.SIGKILL)
	for _, pid := range children {
		_ = syscall.Kill(pid, syscall.SIGKILL)
	}
	<-d.ended
}
