package messages

import (
	"context"
	"net/http"
	"time"
)

// sender writes a stream to one client.
type sender struct {
	w       http.ResponseWriter
	control *http.ResponseController
	flush   int
	pending int
}

// send performs the stream and tells how it ended. On Aborted the caller must
// break the connection.
func send(ctx context.Context, w http.ResponseWriter, s *stream) string {
	out := sender{w: w, control: http.NewResponseController(w), flush: s.flush}
	for i := range s.ops {
		o := &s.ops[i]
		if !out.perform(ctx, o) {
			return ClientGone
		}
		if o.end == "" {
			continue
		}
		if !out.push() {
			return ClientGone
		}
		if o.end == hanging {
			<-ctx.Done()
			return ClientGone
		}
		return o.end
	}
	return Complete
}

func (s *sender) perform(ctx context.Context, o *op) bool {
	if o.wait == 0 && o.count == 0 {
		return true
	}
	for i := range max(o.count, 1) {
		if o.wait > 0 && (!s.push() || !sleep(ctx, o.wait)) {
			return false
		}
		if o.count > 0 && !s.write(o.data) {
			return false
		}
		if i&0xff == 0xff && ctx.Err() != nil {
			return false
		}
	}
	return true
}

func (s *sender) write(b []byte) bool {
	if s.flush == flushFrame || s.flush == flushBatch {
		if _, err := s.w.Write(b); err != nil {
			return false
		}
		s.pending += len(b)
		return s.pending < s.flush || s.push()
	}
	for len(b) > 0 {
		n := min(s.flush-s.pending, len(b))
		if _, err := s.w.Write(b[:n]); err != nil {
			return false
		}
		b, s.pending = b[n:], s.pending+n
		if s.pending >= s.flush && !s.push() {
			return false
		}
	}
	return true
}

func (s *sender) push() bool {
	s.pending = 0
	return s.control.Flush() == nil
}

// sleep waits for d; false means that ctx ended first.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}
