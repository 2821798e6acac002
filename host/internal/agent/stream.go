package agent

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// stream takes the events of one call of the model: it folds them into the
// answer and hands them on.
type stream struct {
	c    *conversation
	ctx  func() error // of the call: nil while it goes on
	turn int
	// quiet streams show nothing: the answer is for the loop itself.
	quiet bool

	mu    sync.Mutex
	fold  sdk.Accumulator
	usage sdk.Usage
	// began says that something came that the user saw or that had effects.
	began bool

	busy        atomic.Int32 // how many events and questions wait for us, not for the provider
	last        atomic.Int64 // nanoseconds since start, of the last event
	start       time.Time
	interrupted chan struct{}
}

func newStream(c *conversation, turn int, done func() error) *stream {
	return &stream{c: c, ctx: done, turn: turn, start: time.Now(), interrupted: make(chan struct{})}
}

// Emit implements [sdk.Stream].
func (s *stream) Emit(event sdk.Event) error {
	s.touch()
	s.busy.Add(1)
	defer func() { s.touch(); s.busy.Add(-1) }() // a slow reader is not a silent provider
	if err := s.ctx(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.fold.Add(event); err != nil {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "generate", Message: "the provider broke the protocol", Err: err}
	}
	switch e := event.(type) {
	case sdk.WarningEvent:
		s.c.warn(e.Code, e.Message)
		return s.ctx()
	case sdk.Keepalive:
		return nil
	case sdk.UsageEvent:
		s.usage = e.Usage
	case sdk.Started, sdk.RetryEvent, sdk.RateLimit:
	case sdk.TextDelta, sdk.ThinkingDelta, sdk.ToolCallStart, sdk.ToolCallDelta, sdk.ToolCallEnd,
		sdk.NativeToolEvent, sdk.PermissionRequest, sdk.Retract:
		s.began = true
	}
	if s.quiet && !isWaiting(event) {
		return s.ctx()
	}
	s.c.emit(ModelEvent{Event: event, Turn: s.turn, ParentID: s.c.parentID})
	if native, ok := event.(sdk.NativeToolEvent); ok && native.Tool.Denied && !s.c.wasDenied(native.Tool.ID) {
		s.c.deny(PermissionDenied{CallID: native.Tool.ID, Tool: native.Tool.Name, Reason: "denied by the provider's program", ParentID: s.c.parentID})
	}
	return s.ctx()
}

// isWaiting reports whether an event tells why nothing else comes.
func isWaiting(event sdk.Event) bool {
	switch event.(type) {
	case sdk.RetryEvent, sdk.RateLimit:
		return true
	default:
		return false
	}
}

// Ask implements [sdk.Stream]. The permission policy decides, or whom that asks.
func (s *stream) Ask(ctx context.Context, request sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	s.touch()
	if err := s.ctx(); err != nil {
		return sdk.PermissionAnswer{}, err
	}
	s.mu.Lock()
	s.began = true
	s.mu.Unlock()
	s.busy.Add(1)
	defer func() { s.touch(); s.busy.Add(-1) }()
	mode := s.c.PermissionMode
	reason := fmt.Sprintf("nobody can be asked in this run, and permission mode %s does not allow it by itself", mode)
	if s.c.Judge != nil {
		known, err := s.c.Judge(ctx, request)
		switch {
		case known && err == nil:
			return sdk.PermissionAnswer{Allow: true}, nil
		case s.ctx() != nil: // the run ended while somebody was asked
			return sdk.PermissionAnswer{}, s.ctx()
		case known:
			return s.refuse(request, err.Error()), nil
		}
	}
	if mode == "bypass" {
		return sdk.PermissionAnswer{Allow: true}, nil
	}
	return s.refuse(request, reason), nil
}

func (s *stream) refuse(request sdk.PermissionRequest, reason string) sdk.PermissionAnswer {
	s.c.deny(PermissionDenied{CallID: request.ID, Tool: request.Tool, Reason: reason, ParentID: s.c.parentID})
	if s.c.OnDeny == "fail" {
		s.c.cancel(&DeniedError{Denials: s.c.denials(), Stopped: true})
	}
	return sdk.PermissionAnswer{Message: reason}
}

// Interrupted implements [sdk.Stream]. A run is only ever cancelled.
func (s *stream) Interrupted() <-chan struct{} { return s.interrupted }

func (s *stream) touch() { s.last.Store(int64(time.Since(s.start))) }

// silence is how long nothing has come.
func (s *stream) silence() time.Duration {
	if s.busy.Load() > 0 {
		return 0
	}
	return time.Since(s.start) - time.Duration(s.last.Load())
}

// watch cancels the call once the provider is silent for too long. stop ends it.
func (s *stream) watch(limit time.Duration, cancel context.CancelCauseFunc) (stop func() bool) {
	if limit <= 0 {
		return func() bool { return true }
	}
	var timer *time.Timer
	var mu sync.Mutex
	mu.Lock()
	timer = time.AfterFunc(limit, func() {
		mu.Lock()
		defer mu.Unlock()
		if left := limit - s.silence(); left > 0 {
			timer.Reset(left)
			return
		}
		cancel(&sdk.Error{
			Kind: sdk.KindNetwork, Op: "generate", Retryable: true,
			Message: fmt.Sprintf("no sign of life from the provider for %s", limit),
			Remedy:  "jcode run --set idle_timeout=15m …",
		})
	})
	mu.Unlock()
	return timer.Stop
}
