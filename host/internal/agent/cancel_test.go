package agent

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

var errSignal = errors.New("interrupt")

func TestCancel(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		steps []step
		when  func(Event) bool
		text  string
		calls int
	}{
		"while the model speaks": {
			[]step{hang(text("half"))},
			func(e Event) bool { m, ok := e.(ModelEvent); return ok && m.Event == text("half") }, "half", 0,
		},
		"while tools run": {
			[]step{say(sdk.StopToolUse, slices.Concat([]sdk.Event{text("x")}, call("a", "wait", `{}`), call("b", "bash", `{}`))...)},
			func(e Event) bool { _, ok := e.(ToolProgress); return ok }, "x", 2,
		},
		"a tool that does not listen": {
			[]step{say(sdk.StopToolUse, call("a", "deaf", `{}`)...)},
			func(e Event) bool { _, ok := e.(ToolProgress); return ok }, "", 1,
		},
		"before a tool runs": {
			[]step{say(sdk.StopToolUse, call("a", "deaf", `{}`)...)},
			func(e Event) bool { _, ok := e.(ToolStarted); return ok }, "", 1,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancelCause(t.Context())
			r := newRig(t, test.steps...)
			var at time.Time
			r.onEvent = func(e Event) error {
				if test.when(e) {
					at = time.Now()
					cancel(errSignal)
				}
				return nil
			}
			result, err := r.run(ctx, "go")
			if took := time.Since(at); took > 2500*time.Millisecond {
				t.Errorf("took %v", took)
			}
			if !errors.Is(err, errSignal) || result.Text != test.text {
				t.Fatalf("%+v, %v", result, err)
			}
			finished := eventsOf[ToolFinished](r)
			if len(finished) != test.calls {
				t.Fatalf("%d results", len(finished))
			}
			for _, f := range finished {
				if f.Result.Code != tool.CodeCancelled || !strings.Contains(r.resultText(f.Call.ID), "cancelled by user") {
					t.Errorf("result %+v, %q", f.Result, r.resultText(f.Call.ID))
				}
			}
		})
	}
}

func TestTimeout(t *testing.T) {
	t.Parallel()
	r := newRig(t, say(sdk.StopToolUse, call("a", "wait", `{}`)...))
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, &TimeoutError{After: time.Minute})
	defer cancel()
	_, err := r.run(ctx, "go")
	var timeout *TimeoutError
	if !errors.As(err, &timeout) || !errors.Is(err, ErrTimeout) || timeout.After != time.Minute {
		t.Errorf("error %v", err)
	}
	if !strings.Contains(r.resultText("a"), "time") {
		t.Errorf("result %q", r.resultText("a"))
	}
}

func TestReaderGone(t *testing.T) {
	t.Parallel()
	gone := errors.New("broken pipe")
	r := newRig(t, hang(text("a"), text("b")))
	seen := 0
	r.onEvent = func(e Event) error {
		if _, ok := e.(ModelEvent); ok {
			seen++
			return gone
		}
		return nil
	}
	_, err := r.run(t.Context(), "go")
	if !errors.Is(err, gone) || seen != 1 {
		t.Errorf("error %v after %d events", err, seen)
	}
}

func TestIdleProvider(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		quiet := func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
			for range 3 { // slow, but alive
				time.Sleep(4 * time.Minute)
				if err := stream.Emit(sdk.Keepalive{}); err != nil {
					return sdk.Result{}, err
				}
			}
			<-ctx.Done()
			return sdk.Result{}, &sdk.Error{Kind: sdk.KindCancelled, Err: ctx.Err()}
		}
		r := newRig(t, quiet)
		r.options.IdleTimeout = 5 * time.Minute
		began := time.Now()
		_, err := r.run(t.Context(), "go")
		if sdk.KindOf(err) != sdk.KindNetwork || !strings.Contains(err.Error(), "sign of life") {
			t.Errorf("error %v", err)
		}
		if took := time.Since(began); took != 17*time.Minute {
			t.Errorf("gave up after %v", took)
		}
	})
}
