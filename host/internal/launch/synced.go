package launch

import (
	"bytes"
	"sync"
	"time"
)

// syncedWriter takes what a plugin's code prints on its standard streams after the
// start: go-plugin puts pipes there and sends what comes over gRPC. Whole lines go
// the way of standard error. It may be written to before the process is known.
type syncedWriter struct {
	attempt *attempt
	mu      sync.Mutex
	partial []byte
}

// Write never fails, so that go-plugin goes on reading.
func (w *syncedWriter) Write(b []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.partial = append(w.partial, b...)
	for {
		end := bytes.IndexByte(w.partial, '\n')
		if end < 0 && len(w.partial) < maxLogLine {
			return len(b), nil
		}
		if end < 0 {
			end = len(w.partial) - 1
		}
		w.attempt.stderr.line(w.partial[:min(end, maxLogLine)], time.Now())
		w.partial = append(w.partial[:0], w.partial[end+1:]...)
	}
}
