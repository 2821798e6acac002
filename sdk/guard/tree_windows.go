package guard

import (
	"context"
	"fmt"
	"os"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/windows"
)

const jobPoll = 25 * time.Millisecond // the end of a job is not announced

// Coverage says which of a command's descendants this system lets the package
// find and kill: a job holds all of them.
func Coverage() string { return JobObject }

// Main does nothing here: a job object needs no guardian.
func Main() {}

// Prepare does nothing here: there is nothing to start ahead of time.
func Prepare() error { return nil }

// Tree is a running command with all it started. Its methods are safe for
// concurrent use. Nothing needs to be released: what is left of the tree ends
// with the program at the latest.
type Tree struct {
	job  *job
	proc *os.Process
	done chan struct{}
	gone chan struct{}

	mu     sync.Mutex
	exit   Exit
	exited bool
}

// Start starts the command in a job object of its own. It returns when the
// command runs or could not be started.
func Start(ctx context.Context, c Command) (*Tree, error) {
	c, err := c.prepared()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, fmt.Errorf("start %s: %w", c.Path, err)
	}
	j, err := newJob()
	if err != nil {
		return nil, fmt.Errorf("start %s: create job: %w", c.Path, err)
	}
	proc, err := startIn(j, c)
	if err != nil {
		j.close()
		return nil, fmt.Errorf("start command: %w", err)
	}
	t := &Tree{job: j, proc: proc, done: make(chan struct{}), gone: make(chan struct{})}
	go t.watch()
	return t, nil
}

// startIn starts the command suspended, because what it starts before it is in
// the job would be outside of it.
func startIn(j *job, c Command) (*os.Process, error) {
	null, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = null.Close() }()
	files := []*os.File{c.Stdin, c.Stdout, c.Stderr}
	for i, f := range files {
		if f == nil {
			files[i] = null
		}
	}
	flags := uint32(windows.CREATE_SUSPENDED | windows.CREATE_NEW_PROCESS_GROUP)
	proc, err := os.StartProcess(c.Path, c.Args, &os.ProcAttr{
		Dir: c.Dir, Env: c.Env, Files: files,
		Sys: &syscall.SysProcAttr{CreationFlags: flags, HideWindow: true},
	})
	if err != nil {
		return nil, err
	}
	if err := j.adopt(proc.Pid); err != nil {
		_ = proc.Kill()
		_, _ = proc.Wait()
		return nil, err
	}
	return proc, nil
}

func (t *Tree) watch() {
	state, err := t.proc.Wait()
	t.mu.Lock()
	if err == nil {
		t.exit, t.exited = Exit{Code: state.ExitCode()}, true
	}
	t.mu.Unlock()
	close(t.done)
	tick := time.NewTicker(jobPoll)
	defer tick.Stop()
	for len(t.job.members()) > 0 {
		<-tick.C
	}
	t.job.close()
	close(t.gone)
}

// Pid is the process id of the command. It may belong to somebody else once the
// command is over.
func (t *Tree) Pid() int { return t.proc.Pid }

// Wait returns how the command itself ended, as soon as it has, whatever it left
// running. It returns ErrLost if that cannot be known, or the error of ctx, which
// changes nothing about the command.
func (t *Tree) Wait(ctx context.Context) (Exit, error) {
	select {
	case <-t.done:
	case <-ctx.Done():
		return Exit{}, ctx.Err()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.exited {
		return Exit{}, ErrLost
	}
	return t.exit, nil
}

// Gone is closed when no process of the tree is left.
func (t *Tree) Gone() <-chan struct{} { return t.gone }

// WaitGone waits for Gone, or returns the error of ctx.
func (t *Tree) WaitGone(ctx context.Context) error {
	select {
	case <-t.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Terminate asks the command's process group to end with a break event and ends
// the job after grace. It waits like WaitGone. Zero grace is Kill.
func (t *Tree) Terminate(ctx context.Context, grace time.Duration) error {
	if grace <= 0 {
		return t.Kill(ctx)
	}
	if t.Signal(syscall.SIGTERM) != nil {
		return t.Kill(ctx) // a program without a console cannot be asked
	}
	timer := time.NewTimer(grace)
	defer timer.Stop()
	select {
	case <-t.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return t.Kill(ctx)
	}
}

// Kill ends the job. It waits like WaitGone.
func (t *Tree) Kill(ctx context.Context) error {
	if err := t.job.kill(); err != nil {
		return fmt.Errorf("kill job: %w", err)
	}
	return t.WaitGone(ctx)
}

// Signal sends a break event to the process group of the command, whatever
// signal is asked for: Windows has no other. It returns ErrDone when the command
// is over.
func (t *Tree) Signal(syscall.Signal) error {
	select {
	case <-t.done:
		return ErrDone
	default:
	}
	return windows.GenerateConsoleCtrlEvent(windows.CTRL_BREAK_EVENT, uint32(t.proc.Pid)) //nolint:gosec // a pid is not negative
}

// Release lets the tree outlive the program.
func (t *Tree) Release() error { return t.job.setKillOnClose(false) }

// Descendants returns the process ids of what lives of the tree, the command
// included, at most 1024 of them.
func (t *Tree) Descendants(ctx context.Context) ([]int, error) {
	return t.job.members(), ctx.Err()
}
