package shellout

import (
	"context"
	"syscall"
	"time"
)

const (
	// holdGrace is how long the output may stay open after the program left:
	// a launcher's child may still be writing.
	holdGrace = time.Second
	// leftoverGrace is between SIGTERM and SIGKILL for what a program that has
	// left leaves behind.
	leftoverGrace = 500 * time.Millisecond
	// killGrace is how long a killed tree is waited for. Only what is stuck in
	// the kernel or belongs to another user takes longer.
	killGrace = 2 * time.Second
	// silence is how long a read is allowed to wait once nobody is left to
	// write, as far as we know.
	silence     = time.Second
	silencePoll = 50 * time.Millisecond
)

// supervise ends the program when it is time, and then all that is left of it.
func (p *process) supervise(ctx context.Context) {
	defer close(p.finished)
	defer p.release()
	after := context.WithoutCancel(ctx) // ending takes its time whatever ctx says
	if p.leaves(ctx) {
		if !p.hasEnded() {
			p.holds(ctx)
		}
		p.terminate(after, leftoverGrace)
		return
	}
	p.descend(after)
}

// leaves waits for the program to leave by itself. If it returns false, the
// program must be ended, and the reason is recorded.
func (p *process) leaves(ctx context.Context) bool {
	timer := time.NewTimer(p.clock.next())
	defer timer.Stop()
	for {
		select {
		case <-p.exited:
			return true
		case <-ctx.Done():
			return p.stopFor(StopCancelled)
		case reason := <-p.asked:
			if reason == "" {
				return p.lingers(ctx)
			}
			return p.stopFor(reason)
		case <-timer.C:
			if reason := p.clock.expired(); reason != "" {
				return p.stopFor(reason)
			}
			timer.Reset(p.clock.next())
		}
	}
}

// lingers gives the program its grace after the last event or the end of its
// output.
func (p *process) lingers(ctx context.Context) bool {
	if p.command.ExitGrace < 0 {
		return p.stopFor(StopLingering)
	}
	timer := time.NewTimer(p.command.ExitGrace)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-ctx.Done():
		return p.stopFor(StopCancelled)
	case <-timer.C:
		return p.stopFor(StopLingering)
	}
}

// stopFor records why the program is ended. It returns false, for its callers.
func (p *process) stopFor(reason Stop) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stop, p.stopping = reason, true
	return false
}

// holds waits for the output of a program that has left to be read, but not for
// a descendant that keeps it open.
func (p *process) holds(ctx context.Context) {
	timer := time.NewTimer(holdGrace)
	defer timer.Stop()
	select {
	case <-p.outputDone:
	case <-p.tree.Gone():
	case <-p.asked:
	case <-ctx.Done():
		p.stopFor(StopCancelled)
	case <-timer.C:
	}
}

// descend goes down the ladder of signals and ends with SIGKILL.
func (p *process) descend(ctx context.Context) {
	left := MaxLadder
	for i, step := range p.command.Ladder {
		wait := min(step.Wait, left)
		left -= wait
		if step.Signal == syscall.SIGTERM && i == len(p.command.Ladder)-1 {
			p.terminate(ctx, wait)
			return
		}
		sent, over := p.signal(step.Signal)
		if over || sent && p.leavesWithin(wait) {
			p.terminate(ctx, min(leftoverGrace, left))
			return
		}
	}
	p.terminate(ctx, 0)
}

func (p *process) leavesWithin(wait time.Duration) bool {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-p.exited:
		return true
	case <-timer.C:
		return false
	}
}

// terminate ends every descendant: SIGTERM, and SIGKILL after grace. An error
// means that the guardian is gone, and the tree with it as far as can be known.
func (p *process) terminate(ctx context.Context, grace time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, grace+killGrace)
	defer cancel()
	_ = p.tree.Terminate(ctx, grace)
}

// release closes what is open once the tree is gone. The output ends by itself
// then, unless somebody outside of the tree was given it.
func (p *process) release() {
	p.closeInput()
	tick := time.NewTicker(silencePoll)
	defer tick.Stop()
	for read := false; !read; {
		select {
		case <-p.outputDone:
			read = true
		case <-tick.C:
			if p.clock.waiting() > silence {
				_ = p.stdout.SetReadDeadline(time.Now())
			}
		}
	}
	select {
	case <-p.stderrDone:
	case <-time.After(silence):
		_ = p.stderrFile.SetReadDeadline(time.Now())
	}
	p.leavesWithin(silence) // it is gone already, or it never will be
	p.closePipes()
}
