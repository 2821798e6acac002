package shellout_test

import (
	"context"
	"errors"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// One conversation is one turn at a time; others do not wait.
func TestRunsLock(t *testing.T) {
	t.Parallel()
	var r shellout.Runs
	release, err := r.Lock(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Lock(ended, "a"); sdk.KindOf(err) != sdk.KindCancelled {
		t.Error("the same conversation:", err)
	}
	for _, session := range []string{"b", "", ""} {
		if _, err := r.Lock(t.Context(), session); err != nil {
			t.Error("another one:", err)
		}
	}
	release()
	if _, err := r.Lock(t.Context(), "a"); err != nil {
		t.Error("after the release:", err)
	}
}

// Drain cancels every turn and waits until their ends are told.
func TestRunsDrain(t *testing.T) {
	t.Parallel()
	var r shellout.Runs
	if err := r.Drain(t.Context()); err != nil {
		t.Error("with nothing to drain:", err)
	}
	ctx, done := r.Begin(t.Context())
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := r.Drain(ended); !errors.Is(err, context.Canceled) || ctx.Err() == nil {
		t.Errorf("%v; the turn: %v", err, ctx.Err())
	}
	go done()
	if err := r.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	ctx, done = r.Begin(t.Context())
	r.Stop(ctx)
	if ctx.Err() == nil {
		t.Error("a stopped turn goes on")
	}
	done()
}
