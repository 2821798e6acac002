package shellout

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk/guard"
)

// process is a running command. One goroutine reads its output, one its standard
// error, one feeds its input, and supervise decides when it has lived enough.
type process struct {
	command Command
	tree    *guard.Tree
	clock   clock
	stderr  *tail
	input   *Input // nil for the null device

	stdin, stdout, stderrFile *os.File // our ends; stdin may be nil

	asked      chan Stop     // what the reader of the output wants; "" that the program leaves
	outputDone chan struct{} // nobody reads the output any more
	stderrDone chan struct{}
	exited     chan struct{} // status and lost are known
	finished   chan struct{} // nothing is left of it

	status guard.Exit
	lost   error // why status is not known

	mu       sync.Mutex
	stop     Stop
	ended    bool
	stopping bool
	closed   bool
}

// start starts c and all that feeds on it, except supervise.
func start(ctx context.Context, c Command) (*process, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	p := &process{
		command: c, clock: clock{startLimit: c.StartLimit, idleLimit: c.IdleLimit},
		stderr: newTail(c), input: c.Input, asked: make(chan Stop, 1),
		outputDone: make(chan struct{}), stderrDone: make(chan struct{}),
		exited: make(chan struct{}), finished: make(chan struct{}),
	}
	if c.Stdin != nil {
		p.input = inputOf(c.Stdin)
	}
	if err := p.launch(ctx); err != nil {
		p.closePipes()
		return nil, startError(ctx, c, err)
	}
	if p.stdin != nil {
		go p.input.feed(p.stdin)
	}
	go p.readStderr()
	go p.await(context.WithoutCancel(ctx))
	return p, nil
}

// launch makes the pipes and starts the tree. The ends of the program are closed
// here in any case, ours by the caller.
func (p *process) launch(ctx context.Context) error {
	c := guard.Command{
		Path: p.command.Path, Args: append([]string{p.command.Path}, p.command.Args...),
		Env: withDir(p.command.Environment, p.command.Dir), Dir: p.command.Dir,
	}
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			_ = f.Close()
		}
	}()
	pipe := func(ours **os.File, reads bool) (*os.File, error) {
		r, w, err := os.Pipe()
		if err != nil {
			return nil, err
		}
		if reads { // the program reads, we write
			r, w = w, r
		}
		*ours = r
		theirs = append(theirs, w)
		return w, nil
	}
	var err error
	if p.input != nil {
		if c.Stdin, err = pipe(&p.stdin, true); err != nil {
			return err
		}
	}
	if c.Stdout, err = pipe(&p.stdout, false); err != nil {
		return err
	}
	if c.Stderr, err = pipe(&p.stderrFile, false); err != nil {
		return err
	}
	p.tree, err = startTree(ctx, c)
	return err
}

const (
	busyTries = 20
	busyWait  = 50 * time.Millisecond
)

// startTree tries again while the file is being written: programs update
// themselves, and a fork elsewhere in this process can hold a file a moment.
func startTree(ctx context.Context, c guard.Command) (*guard.Tree, error) {
	for tries := 1; ; tries++ {
		tree, err := guard.Start(ctx, c)
		if tries == busyTries || !errors.Is(err, errTextBusy) {
			return tree, err
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(busyWait):
		}
	}
}

// withDir makes PWD, which shells and Node believe, the folder that it runs in.
func withDir(environment []string, dir string) []string {
	if dir == "" || runtime.GOOS == "windows" {
		return environment
	}
	return merge(environment, map[string]string{"PWD": filepath.Clean(dir)})
}

// await learns the exit status.
func (p *process) await(ctx context.Context) {
	p.status, p.lost = p.tree.Wait(ctx)
	close(p.exited)
}

func (p *process) readStderr() {
	defer close(p.stderrDone)
	_, _ = io.Copy(p.stderr, touching{p.stderrFile, &p.clock})
	p.stderr.finish()
}

// touching tells the clock of each sign of life.
type touching struct {
	file  *os.File
	clock *clock
}

func (t touching) Read(b []byte) (int, error) {
	n, err := t.file.Read(b)
	t.clock.touch()
	return n, err
}

// Read is the output for its consumer. It ends with errStopping as soon as the
// program is being ended.
func (p *process) Read(b []byte) (int, error) {
	p.clock.wait()
	n, err := p.stdout.Read(b)
	p.clock.got(n)
	switch {
	case p.isStopping():
		return 0, errStopping
	case errors.Is(err, os.ErrDeadlineExceeded):
		return n, io.EOF // somebody whom we cannot reach holds it
	}
	return n, err
}

// consumed tells supervise what became of the output.
func (p *process) consumed(err error) {
	switch {
	case errors.Is(err, errStopping):
	case err == nil: // its end: nothing can come any more
		p.asked <- ""
	case errors.Is(err, errLast):
		p.mu.Lock()
		p.ended = true
		p.mu.Unlock()
		p.asked <- ""
		p.closeInput() // where a blocked write cannot be interrupted, the end of the program does it
	default:
		p.asked <- StopCaller
	}
}

// hasEnded reports whether the last event was seen, so that output no longer
// matters.
func (p *process) hasEnded() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ended
}

func (p *process) isStopping() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stopping
}

func (p *process) stopped() Stop {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.stop
}

// exit gathers the facts. Everything has ended.
func (p *process) exit() Exit {
	p.mu.Lock()
	defer p.mu.Unlock()
	e := Exit{
		Program: p.command.Name, Code: -1, Stop: p.stop, Ended: p.ended,
		Output: p.clock.hasStarted(), Stderr: p.stderr.String(),
	}
	if p.isOver() && p.lost == nil {
		e.Code, e.Signal = p.status.Code, p.status.Signal
	}
	return e
}

// isOver reports whether status and lost are known. At the end they are, unless
// the program could not be killed.
func (p *process) isOver() bool {
	select {
	case <-p.exited:
		return true
	default:
		return false
	}
}

// abandon lets nothing wait for a consumer that has gone, and kills what it left.
// After an orderly end it does nothing.
func (p *process) abandon() {
	p.closeOutput()
	select {
	case p.asked <- StopCaller:
	default:
	}
	<-p.finished
}

func (p *process) closeOutput() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.closed {
		p.closed = true
		close(p.outputDone)
	}
}

func (p *process) closeInput() {
	if p.stdin != nil {
		p.input.end()
		_ = p.stdin.Close()
	}
}

func (p *process) closePipes() {
	for _, f := range []*os.File{p.stdin, p.stdout, p.stderrFile} {
		if f != nil {
			_ = f.Close()
		}
	}
}

// signal sends s and reports whether the program could be signalled; over says
// that it has left already.
func (p *process) signal(s syscall.Signal) (sent, over bool) {
	err := p.tree.Signal(s)
	return err == nil, errors.Is(err, guard.ErrDone)
}
