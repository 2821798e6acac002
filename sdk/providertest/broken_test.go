package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	"github.com/jcode-go/jcode/sdk/providertest"
	"github.com/jcode-go/jcode/sdk/providertest/conformance"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// broken is a provider that breaks one rule.
type broken struct {
	*scripted.Provider
	info     func(sdk.Info) sdk.Info
	auth     func(sdk.AuthStatus) sdk.AuthStatus
	login    func() error
	drain    func() error
	generate func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error)
}

func (b *broken) Info(ctx context.Context) (sdk.Info, error) {
	info, err := b.Provider.Info(ctx)
	if b.info != nil {
		info = b.info(info)
	}
	return info, err
}

func (b *broken) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	auth, err := b.Provider.AuthStatus(ctx, probe)
	if b.auth != nil {
		auth = b.auth(auth)
	}
	return auth, err
}

func (b *broken) Login(ctx context.Context, r sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if b.login != nil {
		return sdk.Account{}, b.login()
	}
	return b.Provider.Login(ctx, r, ui)
}

func (b *broken) Drain(ctx context.Context) error {
	if b.drain != nil {
		return b.drain()
	}
	return b.Provider.Drain(ctx)
}

func (b *broken) Generate(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
	if b.generate != nil {
		return b.generate(ctx, r, s)
	}
	return b.Provider.Generate(ctx, r, s)
}

// through is a stream that changes what passes.
type through struct {
	sdk.Stream
	emit func(sdk.Event) error
}

func (t through) Emit(event sdk.Event) error { return t.emit(event) }

// emitting breaks the events of an answer.
func emitting(b *broken, emit func(next sdk.Stream, event sdk.Event) error) *broken {
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		return b.Provider.Generate(ctx, r, through{s, func(e sdk.Event) error { return emit(s, e) }})
	}
	return b
}

// ending breaks the end of an answer.
func ending(b *broken, end func(sdk.Result, error) (sdk.Result, error)) *broken {
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		return end(b.Provider.Generate(ctx, r, s))
	}
	return b
}

// fault breaks one rule in the modes in process and gRPC.
type fault struct {
	provider func(*broken) *broken
	options  []grpc.ServerOption
	// mended says that over gRPC the SDK itself keeps the rule, whatever the
	// provider does, so that nothing fails there.
	mended bool
}

var faults = map[string]fault{
	"info_pure": {provider: func(b *broken) *broken {
		b.info = func(i sdk.Info) sdk.Info { i.Name = "Not A Name"; return i }
		return b
	}},
	"info_stable": {provider: func(b *broken) *broken {
		var calls atomic.Int64
		b.info = func(i sdk.Info) sdk.Info { i.Version = fmt.Sprintf("0.0.%d", calls.Add(1)); return i }
		return b
	}},
	"unknown_call": {options: []grpc.ServerOption{grpc.UnknownServiceHandler(func(any, grpc.ServerStream) error {
		return status.Error(codes.Internal, "what?")
	})}},
	"unknown_fields": {options: []grpc.ServerOption{grpc.UnaryInterceptor(
		func(ctx context.Context, request any, _ *grpc.UnaryServerInfo, handler grpc.UnaryHandler) (any, error) {
			if m, ok := request.(proto.Message); ok && len(m.ProtoReflect().GetUnknown()) > 0 {
				return nil, status.Error(codes.InvalidArgument, "strict")
			}
			return handler(ctx, request)
		})}},
	"drain_twice": {provider: func(b *broken) *broken {
		var calls atomic.Int64
		b.drain = func() error {
			if calls.Add(1) > 1 {
				return errors.New("already drained")
			}
			return nil
		}
		return b
	}},
	"event_order": {provider: func(b *broken) *broken {
		return emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if _, ok := event.(sdk.ToolCallStart); ok {
				_ = next.Emit(event) // started twice
			}
			return next.Emit(event)
		})
	}},
	"silent_after_return": {mended: true, provider: func(b *broken) *broken {
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			result, err := b.Provider.Generate(ctx, r, s)
			time.AfterFunc(5*time.Millisecond, func() { _ = s.Emit(sdk.Keepalive{}) })
			return result, err
		}
		return b
	}},
	"tool_input": {provider: func(b *broken) *broken {
		return emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if e, ok := event.(sdk.ToolCallDelta); ok && strings.Contains(e.JSON, "a/b") {
				return nil // a fragment is lost
			}
			return next.Emit(event)
		})
	}},
	"stop_reason": {provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) { r.StopReason = "done"; return r, err })
	}},
	"usage": {provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) { r.Usage.InputTokens = -1; return r, err })
	}},
	"large_request": {provider: func(b *broken) *broken {
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			if len(r.Messages) > 1 {
				return sdk.Result{}, errors.New("buffer too small")
			}
			return b.Provider.Generate(ctx, r, s)
		}
		return b
	}},
	"slow_consumer": {provider: func(b *broken) *broken {
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			slow := false
			return b.Provider.Generate(ctx, r, through{s, func(e sdk.Event) error {
				if delta, ok := e.(sdk.TextDelta); slow && ok && len(delta.Text) >= len(longText) {
					slow = false
					return nil // dropped
				}
				begin := time.Now()
				err := s.Emit(e)
				slow = time.Since(begin) > 50*time.Millisecond
				return err
			}})
		}
		return b
	}},
	"parallel": {provider: func(b *broken) *broken {
		var mu sync.Mutex
		var last string
		return emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if e, ok := event.(sdk.TextDelta); ok && strings.HasPrefix(e.Text, "token-") {
				mu.Lock()
				if last == "" {
					last = e.Text
				}
				e.Text = last // one buffer for all answers
				mu.Unlock()
				event = e
			}
			return next.Emit(event)
		})
	}},
	"typed_errors": {provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) {
			var e *sdk.Error
			if errors.As(err, &e) {
				e.RetryAfter = 0
			}
			return r, err
		})
	}},
	"provider_state": {provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) {
			if r.ProviderState != nil {
				r.ProviderState = make([]byte, sdk.MaxProviderState+1)
			}
			return r, err
		})
	}},
	"cancel_prompt": {provider: func(b *broken) *broken {
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			result, err := b.Provider.Generate(ctx, r, s)
			if ctx.Err() != nil {
				<-time.After(1500 * time.Millisecond)
			}
			return result, err
		}
		return b
	}},
	"cancel_error": {mended: true, provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) {
			if errors.Is(err, context.Canceled) {
				return sdk.Result{StopReason: sdk.StopEndTurn}, nil
			}
			return r, err
		})
	}},
	"login_headless": {provider: func(b *broken) *broken {
		b.login = func() error { return errors.New("no terminal") }
		return b
	}},
	"secrets": {provider: func(b *broken) *broken {
		b.auth = func(a sdk.AuthStatus) sdk.AuthStatus { a.Detail = "the key is " + secretValue; return a }
		return b
	}},
}

// TestBroken proves every case: a provider that breaks one rule fails exactly
// that case, in every mode in which the case means something.
func TestBroken(t *testing.T) {
	t.Parallel()
	for id, f := range faults {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			subject := providertest.Subject{
				New: func() sdk.Provider {
					b := &broken{Provider: &scripted.Provider{}}
					if f.provider != nil {
						return f.provider(b)
					}
					return b
				},
				Config: config(), Fixtures: fixtures(), Slack: 4, LargeRequest: 6 << 20, ServerOptions: f.options,
			}
			var modes sync.WaitGroup // most of the time they wait
			for _, mode := range subject.Modes() {
				modes.Go(func() { matrix(t, subject, mode, id, f.mended && mode == conformance.OverGRPC) })
			}
			modes.Wait()
		})
	}
}

// matrix evaluates all cases and wants only the case id to fail, or none.
func matrix(t *testing.T, subject providertest.Subject, mode conformance.Mode, id string, mended bool) {
	t.Helper()
	for _, c := range conformance.Cases() {
		outcome := conformance.Evaluate(t.Context(), subject, mode, c)
		fails := len(outcome.Failures) > 0
		want := c.ID == id && outcome.Skipped == "" && !mended
		if fails != want {
			t.Errorf("%s in mode %s fails: %v (skipped: %q): %q", c.ID, mode, fails, outcome.Skipped, outcome.Failures)
		}
	}
}

// TestBrokenPrograms does the same for faults that only a process can have.
func TestBrokenPrograms(t *testing.T) {
	t.Parallel()
	for id := range programs {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			matrix(t, providertest.Subject{
				Path: os.Args[0], Env: []string{brokenName + "=" + id, noRaceSleep},
				Config: config(), Fixtures: fixtures(), Slack: 4, LargeRequest: 6 << 20,
			}, conformance.Binary, id, false)
		})
	}
}

// TestEveryCaseHasAFault holds the matrix complete.
func TestEveryCaseHasAFault(t *testing.T) {
	t.Parallel()
	for _, c := range conformance.Cases() {
		if _, ok := faults[c.ID]; !ok && programs[c.ID] == nil {
			t.Errorf("no provider is broken for %s", c.ID)
		}
	}
}

// noRaceSleep keeps a program under the race detector from sleeping a second
// before it ends.
const noRaceSleep = "GORACE=atexit_sleep_ms=0"

// brokenName names the fault of a plugin that is this test binary.
const brokenName = "BROKEN_PLUGIN"

// programs are the faults that only a process can have.
var programs = map[string]func(){
	"cancel_children": func() {
		plugin.Main(children(exec.Command("sleep", "300")))
	},
	"stdout_clean": func() {
		stdout := os.Stdout
		b := &broken{Provider: &scripted.Provider{}}
		plugin.Main(emitting(b, func(next sdk.Stream, event sdk.Event) error {
			_, _ = fmt.Fprintln(stdout, "debug: event")
			return next.Emit(event)
		}))
	},
	"panic_recovered": func() {
		b := &broken{Provider: &scripted.Provider{}}
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			done := make(chan struct{})
			var result sdk.Result
			var err error
			go func() { // nobody can recover a panic here
				defer close(done)
				result, err = b.Provider.Generate(ctx, r, s)
			}()
			<-done
			return result, err
		}
		plugin.Main(b)
	},
	"lifeline": func() {
		os.Stdin, heldOpen, _ = os.Pipe() // the real one is never looked at
		plugin.Main(&scripted.Provider{})
	},
	"environment": func() {
		cmd := exec.Command("sleep", "300")
		cmd.Env = os.Environ() // before the SDK removed the handshake
		plugin.Main(killing(cmd))
	},
	"describe": func() {
		if len(os.Args) > 1 {
			fmt.Println("a plugin, version one")
			os.Exit(0)
		}
		plugin.Main(&scripted.Provider{})
	},
}

// isChildren recognises the fixture Children.
func isChildren(r *sdk.Request) bool {
	text, _ := r.Messages[0].Blocks[0].(sdk.Text)
	return strings.Contains(text.Text, `"child"`)
}

// children starts cmd for the fixture Children and forgets it.
func children(cmd *exec.Cmd) *broken {
	b := &broken{Provider: &scripted.Provider{}}
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		if !isChildren(r) {
			return b.Provider.Generate(ctx, r, s)
		}
		if err := cmd.Start(); err != nil {
			return sdk.Result{}, err
		}
		_ = s.Emit(sdk.Keepalive{})
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	}
	return b
}

// killing is children that keeps the rule about children.
func killing(cmd *exec.Cmd) *broken {
	b := children(cmd)
	next := b.generate
	b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
		result, err := next(ctx, r, s)
		if cmd.Process != nil && isChildren(r) {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
			*cmd = *exec.Command("sleep", "300")
		}
		return result, err
	}
	return b
}

// heldOpen is a pipe that nobody closes.
var heldOpen *os.File

func serveBroken(name string) {
	run := programs[name]
	if run == nil {
		_, _ = fmt.Fprintf(os.Stderr, "there is no broken plugin %q\n", name)
		os.Exit(9)
	}
	run()
}
