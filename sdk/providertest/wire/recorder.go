package wire

import (
	"context"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// recorder is a stream that keeps what it is given.
type recorder struct {
	mu     sync.Mutex
	events []sdk.Event
}

// Emit keeps the event.
func (r *recorder) Emit(event sdk.Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
	return nil
}

// Ask denies.
func (r *recorder) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}

// Interrupted is never closed.
func (r *recorder) Interrupted() <-chan struct{} { return nil }
