package host

import (
	"context"
	"errors"
	"testing"
	"time"
)

// A deadline that the plugin notices first is the run's all the same.
func TestPluginKeepsTheDeadlineFirst(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, &TimeoutError{After: time.Second})
	defer cancel()
	awaitDeadline(ctx, errors.New("another fault"))
	if ctx.Err() != nil {
		t.Skip("the machine is too busy to tell")
	}
	awaitDeadline(ctx, context.DeadlineExceeded)
	var timeout *TimeoutError
	if err := causeOf(ctx, context.DeadlineExceeded); ctx.Err() == nil || !errors.As(err, &timeout) {
		t.Errorf("%v, %v", ctx.Err(), err)
	}
	far, stop := context.WithTimeout(t.Context(), time.Hour)
	defer stop()
	awaitDeadline(far, context.DeadlineExceeded) // somebody else's deadline
}
