package credfile

import (
	"context"
	"sync"
	"time"
)

// DefaultRefreshLimit bounds a Refresher's Refresh.
const DefaultRefreshLimit = 60 * time.Second

// Refresher renews credentials in a file so that a token which can be used once
// is used once: within the process, callers share one attempt; across processes,
// the file's lock lets one at a time in, who first looks at what the one before
// wrote. T is what a caller gets, an access token for example. One Refresher per
// file, shared by all who use it; not to be copied or changed after first use.
type Refresher[T any] struct {
	// Path is the credential file.
	Path string
	// Load takes the credentials out of the document. Its error, that nobody is
	// logged in for example, is returned and nothing is refreshed.
	Load func(*Document) (T, error)
	// Refresh asks the vendor for new credentials and puts them into the document.
	// Its context does not end with that of a caller: the vendor may have rotated
	// the token already, so an answer must be waited for and written. An error
	// leaves the file alone unless it is wrapped by Keep.
	Refresh func(ctx context.Context, doc *Document, old T) (T, error)
	// Limit bounds Refresh; 0 is DefaultRefreshLimit.
	Limit time.Duration
	// Options are those of Update.
	Options []Option

	mu     sync.Mutex
	flight *flight[T]
}

// flight is one attempt that callers share.
type flight[T any] struct {
	done    chan struct{}
	value   T
	err     error
	waiters int                // guarded by the Refresher
	cancel  context.CancelFunc // ends the wait for the lock
}

// Do returns credentials that usable accepts, or freshly made ones: under the
// lock it adopts what is in the file if usable says so, and calls Refresh
// otherwise. What Refresh made is in the file before Do returns.
//
// usable is asked for a token that is not about to expire, or, after a refusal,
// for one other than the refused. It must not block.
//
// If credentials were made but could not be written, both they and the error are
// returned; the caller may use them and must say that the login may be lost.
// When ctx ends, Do returns its error at once; a Refresh that has begun goes on.
func (r *Refresher[T]) Do(ctx context.Context, usable func(T) bool) (T, error) {
	for {
		f, leads := r.join(ctx, usable)
		select {
		case <-f.done:
			// What others asked for may not be what this caller can use.
			if leads || f.err != nil || usable(f.value) {
				return f.value, f.err
			}
		case <-ctx.Done():
			r.leave(f)
			var none T
			return none, ctx.Err()
		}
	}
}

// join joins the attempt that is under way, or begins one.
func (r *Refresher[T]) join(ctx context.Context, usable func(T) bool) (f *flight[T], leads bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.flight != nil {
		r.flight.waiters++
		return r.flight, false
	}
	lasting := context.WithoutCancel(ctx)
	waiting, cancel := context.WithCancel(lasting) //nolint:gosec // fly and leave call it
	f = &flight[T]{done: make(chan struct{}), waiters: 1, cancel: cancel}
	r.flight = f
	go r.fly(waiting, lasting, f, usable)
	return f, true
}

// leave gives up waiting. The last one to leave ends the wait for the lock.
func (r *Refresher[T]) leave(f *flight[T]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if f.waiters--; f.waiters == 0 {
		f.cancel()
		r.land(f)
	}
}

// land makes room for the next attempt. The lock is held.
func (r *Refresher[T]) land(f *flight[T]) {
	if r.flight == f {
		r.flight = nil
	}
}

// fly makes the attempt. The wait for the lock ends with waiting, the refresh
// itself only with its own limit.
func (r *Refresher[T]) fly(waiting, lasting context.Context, f *flight[T], usable func(T) bool) {
	defer f.cancel()
	f.err = Update(waiting, r.Path, func(doc *Document) error {
		old, err := r.Load(doc)
		if err != nil || usable(old) {
			f.value = old
			return err
		}
		ctx, cancel := context.WithTimeout(lasting, r.limit())
		defer cancel()
		f.value, err = r.Refresh(ctx, doc, old)
		return err
	}, r.Options...)
	r.mu.Lock()
	r.land(f)
	r.mu.Unlock()
	close(f.done)
}

func (r *Refresher[T]) limit() time.Duration {
	if r.Limit > 0 {
		return r.Limit
	}
	return DefaultRefreshLimit
}
