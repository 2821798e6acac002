package shellout

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

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
