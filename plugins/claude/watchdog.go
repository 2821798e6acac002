package claude

import (
	"context"
	"io"
	"time"
)

// watchdog cancels a request once nothing moved in either direction for too
// long. Every byte counts as a sign of life, a ping as well.
type watchdog struct {
	timer *time.Timer
	idle  time.Duration
}

// watch returns a context that the watchdog cancels with errIdle, and its stop.
func watch(ctx context.Context, idle time.Duration) (context.Context, *watchdog, func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watchdog{idle: idle}
	w.timer = time.AfterFunc(idle, func() { cancel(errIdle) })
	return ctx, w, func() {
		w.timer.Stop()
		cancel(nil)
	}
}

// reader is r, watched.
func (w *watchdog) reader(r io.Reader) io.Reader { return &watched{r, w} }

type watched struct {
	io.Reader
	dog *watchdog
}

// Read passes on and notes that something moved.
func (r *watched) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.dog.timer.Reset(r.dog.idle)
	}
	return n, err
}
