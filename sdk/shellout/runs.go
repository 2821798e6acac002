package shellout

import (
	"context"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// Runs are the turns that a provider's program is answering, so that they can be
// ended from elsewhere and do not meet in one conversation. The zero value is
// ready; it is safe for concurrent use.
type Runs struct {
	mu      sync.Mutex
	cancels map[context.Context]context.CancelFunc
	ended   chan struct{} // closed and made anew at each end
	locks   map[string]chan struct{}
}

// Begin notes a turn and returns its context. The caller calls done when nothing
// is left of the turn.
func (r *Runs) Begin(parent context.Context) (ctx context.Context, done func()) {
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

// Stop cancels the turn that Begin gave ctx to.
func (r *Runs) Stop(ctx context.Context) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if cancel := r.cancels[ctx]; cancel != nil {
		cancel()
	}
}

// Drain cancels all turns and waits for their ends as long as ctx allows: what
// sdk.Provider.Drain has to do.
func (r *Runs) Drain(ctx context.Context) error {
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

// Lock lets one turn at a time into a conversation of the program, which keeps it
// in one file. An empty session is a conversation of its own.
func (r *Runs) Lock(ctx context.Context, session string) (release func(), err error) {
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
		return nil, &sdk.Error{Kind: sdk.KindCancelled, Op: "generate", Err: ctx.Err()}
	}
}
