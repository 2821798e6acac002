package httpapi

import (
	"context"
	"errors"
	"io"
	"time"
)

// ErrIdle is the cause of a context that a [Watchdog] cancelled.
var ErrIdle = errors.New("the vendor sent nothing for too long")

// Watchdog cancels a call once nothing moved in either direction for too long.
// Every byte counts as a sign of life, a ping as well.
type Watchdog struct {
	timer *time.Timer
	idle  time.Duration
}

// Watch returns a context that the watchdog cancels with [ErrIdle], and what ends
// both; call it.
func Watch(ctx context.Context, idle time.Duration) (context.Context, *Watchdog, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &Watchdog{idle: idle}
	w.timer = time.AfterFunc(idle, func() { cancel(ErrIdle) })
	return ctx, w, func() {
		w.timer.Stop()
		cancel(nil)
	}
}

// Reader is r, watched. It is for one goroutine.
func (w *Watchdog) Reader(r io.Reader) io.Reader { return &watched{r, w} }

type watched struct {
	io.Reader
	dog *Watchdog
}

// Read passes on and notes that something moved.
func (r *watched) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.dog.timer.Reset(r.dog.idle)
	}
	return n, err
}
