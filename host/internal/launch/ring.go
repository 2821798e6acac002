package launch

import (
	"strings"
	"sync"
)

// ringBytes is how much of a plugin's standard error is kept for messages.
const ringBytes = 64 << 10

// ring keeps the last lines. The zero value is empty; safe for concurrent use.
type ring struct {
	mu    sync.Mutex
	text  []byte
	total int
}

func (r *ring) add(line string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.total++
	r.text = append(append(r.text, line...), '\n')
	if len(r.text) <= 2*ringBytes {
		return
	}
	tail := string(r.text[len(r.text)-ringBytes:])
	if _, after, ok := strings.Cut(tail, "\n"); ok && after != "" {
		tail = after // whole lines
	}
	r.text = append(r.text[:0], tail...)
}

// tail returns at most the last ringBytes bytes.
func (r *ring) tail() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return string(r.text[max(0, len(r.text)-ringBytes):])
}
