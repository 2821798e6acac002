package stream

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

// Send performs ops and tells how it ended. On Aborted the caller must
// break the connection.
func Send(ctx context.Context, w http.ResponseWriter, ops []Op, flush int) string {
	out := sender{w: w, control: http.NewResponseController(w), flush: flush}
	for i := range ops {
		o := &ops[i]
		if !out.perform(ctx, o) {
			return ClientGone
		}
		if o.End == "" {
			continue
		}
		if !out.push() {
			return ClientGone
		}
		if o.End == Hanging {
			<-ctx.Done()
			return ClientGone
		}
		return o.End
	}
	return Complete
}

func (s *sender) perform(ctx context.Context, o *Op) bool {
	if o.Wait == 0 && o.Count == 0 {
		return true
	}
	for i := range max(o.Count, 1) {
		if o.Wait > 0 && (!s.push() || !Sleep(ctx, o.Wait)) {
			return false
		}
		if o.Count > 0 && !s.write(o.Data) {
			return false
		}
		if i&0xff == 0xff && ctx.Err() != nil {
			return false
		}
	}
	return true
}

func (s *sender) write(b []byte) bool {
	if s.flush == FlushFrame || s.flush == FlushBatch {
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

// Sleep waits for d; false means that ctx ended first.
func Sleep(ctx context.Context, d time.Duration) bool {
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
