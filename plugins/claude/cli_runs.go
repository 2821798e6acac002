package claude

import (
	"context"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// cliRuns are the turns that the claude program is answering. The zero value is
// ready; it is safe for concurrent use.
type cliRuns struct {
	mu      sync.Mutex
	cancels map[context.Context]context.CancelFunc
	ended   chan struct{} // closed and made anew at each end
	locks   map[string]chan struct{}
}

// begin notes a turn. The caller calls done when nothing is left of it.
func (r *cliRuns) begin(parent context.Context) (ctx context.Context, done func()) {
	ctx, cancel := context.WithCancel(parent)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cancels == nil {
		r.cancels, r.ended = make(map[context.Context]context.CancelFunc), make(chan struct{})
	}
	r.cancels[ctx] = cancel
	return ctx, func() {
		cancel()
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.cancels, ctx)
		close(r.ended)
		r.ended = make(chan struct{})
	}
}

// stop ends one turn.
func (r *cliRuns) stop(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if cancel := r.cancels[ctx]; cancel != nil {
		cancel()
	}
}

// drain ends all turns and waits for them as long as ctx allows.
func (r *cliRuns) drain(ctx context.Context) error {
	for {
		r.mu.Lock()
		left, ended := len(r.cancels), r.ended
		for _, cancel := range r.cancels {
			cancel()
		}
		r.mu.Unlock()
		if left == 0 {
			return nil
		}
		select {
		case <-ended:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lock lets one turn at a time into a conversation of the program, which keeps it
// in one file.
func (r *cliRuns) lock(ctx context.Context, session string) (release func(), err error) {
	if session == "" {
		return func() {}, nil
	}
	r.mu.Lock()
	if r.locks == nil {
		r.locks = make(map[string]chan struct{})
	}
	held := r.locks[session]
	if held == nil {
		held = make(chan struct{}, 1)
		r.locks[session] = held
	}
	r.mu.Unlock()
	select {
	case held <- struct{}{}:
		return func() { <-held }, nil
	case <-ctx.Done():
		return nil, &sdk.Error{Kind: sdk.KindCancelled, Op: opGenerate, Err: ctx.Err()}
	}
}

// Drain ends what the claude program is still doing, with the time that it needs
// to put its own things in order.
func (p *Provider) Drain(ctx context.Context) error { return p.runs.drain(ctx) }
