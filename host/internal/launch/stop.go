package launch

import (
	"context"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// ladder is how long each step of the end may take.
type ladder struct {
	drain    time.Duration // Drain's deadline
	lifeline time.Duration // after the end of standard input
	term     time.Duration // after SIGTERM, before SIGKILL
}

// A plugin that only talks HTTP has nothing to lose. A vendor's program may be
// about to write its login, which an early SIGKILL would cost the user.
var (
	quickLadder = ladder{drain: 100 * time.Millisecond, lifeline: 50 * time.Millisecond, term: 80 * time.Millisecond}
	longLadder  = ladder{drain: 3500 * time.Millisecond, lifeline: time.Second, term: 500 * time.Millisecond}
)

func ladderFor(p discover.Plugin) ladder {
	if p.Kind == discover.KindHTTP {
		return quickLadder
	}
	return longLadder
}

// Stop ends the plugin and all it started: Drain, end of the lifeline, SIGTERM,
// SIGKILL, each step only if the one before did not do. It returns when nothing is
// left. ctx shortens Drain; the rest runs to its end. It may be called several
// times.
func (p *Process) Stop(ctx context.Context) {
	p.stopOnce.Do(func() {
		close(p.stopping)
		if p.attempt.plugin.Attached() {
			p.detach()
			close(p.stopped)
			return
		}
		p.end(ctx, ladderFor(p.attempt.plugin))
		close(p.stopped)
	})
	<-p.stopped
}

func (p *Process) end(ctx context.Context, steps ladder) {
	a := p.attempt
	select {
	case <-a.exited:
		steps.term += steps.drain // it died before it could end what it ran
	default:
		limited, cancel := context.WithTimeout(ctx, steps.drain)
		_ = p.provider.Drain(limited) // a plugin that cannot drain is ended all the same
		cancel()
	}
	a.closeLifeline()
	a.awaitExit(steps.lifeline)
	a.destroy(steps.term) // at once, when nothing is left
	a.release()
	p.client.Kill() // the process is gone: this frees what go-plugin holds
}

// discard ends a start that failed, after it has seen whether the process ends by
// itself: then its own status is the reason. It may be called several times.
func (a *attempt) discard() {
	a.mu.Lock()
	program := a.program
	a.mu.Unlock()
	if program != nil {
		a.settle.Do(func() { a.endedItself = a.endsItself() })
		a.closeLifeline()
		a.destroy(0)
	}
	a.release()
}

// abandonAfter is when a process is given up that not even SIGKILL ends.
const abandonAfter = 2 * time.Second

// destroy ends the tree and waits until nothing is left.
func (a *attempt) destroy(grace time.Duration) {
	gone := make(chan struct{})
	go func() {
		defer close(gone)
		a.program.destroy(grace)
		<-a.exited
	}()
	timer := time.NewTimer(grace + abandonAfter)
	defer timer.Stop()
	select {
	case <-gone:
	case <-timer.C:
	}
}

// closedMoment is for the end of a process that closed its standard output, which
// hardly any does without ending.
const closedMoment = time.Second

// endsItself gives a process that closed its standard output a moment to end.
func (a *attempt) endsItself() bool {
	select {
	case <-a.stdout.done:
		return a.awaitExit(closedMoment)
	default:
		return a.awaitExit(0)
	}
}

// abort ends a start that another goroutine is still at.
func (a *attempt) abort() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.aborted = true
	a.settle.Do(func() {}) // what ends it is us
	if a.program != nil {
		a.closeLifeline()
		go a.program.destroy(0)
	}
}

// adopt records the process of this start. It returns false when the start was
// given up meanwhile.
func (a *attempt) adopt(p program) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.program = p
	return !a.aborted
}
