package providertest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// fault breaks one rule in the modes in process and gRPC.
type fault struct {
	provider func(*broken) *broken
	options  []grpc.ServerOption
	// mended says that over gRPC the SDK itself keeps the rule, whatever the
	// provider does, so that nothing fails there.
	mended bool
}

var faults = map[string]fault{
	"info_valid": {provider: func(b *broken) *broken {
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
		var calls atomic.Int32
		b.generate = func(ctx context.Context, r *sdk.Request, s sdk.Stream) (sdk.Result, error) {
			slow, first := false, calls.Add(1) == 1 // a busy machine may read slowly at any time
			return b.Provider.Generate(ctx, r, through{s, func(e sdk.Event) error {
				if delta, ok := e.(sdk.TextDelta); slow && !first && ok && len(delta.Text) >= len(longText) {
					slow = false
					return nil // dropped
				}
				begin := time.Now()
				err := s.Emit(e)
				slow = time.Since(begin) > 5*time.Millisecond
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
	"started_first": {provider: func(b *broken) *broken {
		return emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if _, ok := event.(sdk.Started); ok {
				return nil
			}
			return next.Emit(event)
		})
	}},
	"message_ids": {provider: func(b *broken) *broken {
		return emitting(b, func(next sdk.Stream, event sdk.Event) error {
			if e, ok := event.(sdk.ToolCallEnd); ok {
				e.MessageID = "another"
				event = e
			}
			return next.Emit(event)
		})
	}},
	"capabilities": {provider: func(b *broken) *broken {
		b.info = func(i sdk.Info) sdk.Info { i.Capabilities = i.Capabilities[1:]; return i }
		return b
	}},
	"configure_twice": {provider: func(b *broken) *broken {
		var calls atomic.Int64
		b.setup = func(sdk.Config) error {
			if calls.Add(1) > 1 {
				return errors.New("nil map")
			}
			return nil
		}
		return b
	}},
	"models": {provider: func(b *broken) *broken {
		b.models = func(m []sdk.Model) []sdk.Model { return append(slices.Clip(m), m[0]) }
		return b
	}},
	"auth_missing": {provider: func(b *broken) *broken {
		b.auth = func(a sdk.AuthStatus) sdk.AuthStatus { a.State, a.Remedy = sdk.AuthMissing, ""; return a }
		return b
	}},
	"diagnose": {provider: func(b *broken) *broken {
		b.checks = func(c []sdk.Check) []sdk.Check { return append(c, sdk.Check{ID: "vendor", Detail: "it is down"}) }
		return b
	}},
	"login_cancel": {provider: func(b *broken) *broken {
		b.login = func(r sdk.LoginRequest) error {
			if !r.Headless {
				<-time.After(1500 * time.Millisecond)
			}
			return nil
		}
		return b
	}},
	"finish":        {options: intercepted(finishBeforeErrors)},
	"no_batches":    {options: intercepted(alwaysBatches)},
	"unknown_block": {options: intercepted(dropsUnknownBlocks)},
	"no_request": {options: []grpc.ServerOption{grpc.ChainStreamInterceptor(
		func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			err := handler(srv, stream)
			if strings.Contains(status.Convert(err).Message(), "no request") {
				return nil
			}
			return err
		})}},
	"cancel_error": {mended: true, provider: func(b *broken) *broken {
		return ending(b, func(r sdk.Result, err error) (sdk.Result, error) {
			if errors.Is(err, context.Canceled) {
				return sdk.Result{StopReason: sdk.StopEndTurn}, nil
			}
			return r, err
		})
	}},
	"login_headless": {provider: func(b *broken) *broken {
		b.login = func(r sdk.LoginRequest) error { return headlessOnly(r, errors.New("no terminal")) }
		return b
	}},
	"secrets": {provider: func(b *broken) *broken {
		b.auth = func(a sdk.AuthStatus) sdk.AuthStatus { a.Detail = "the key is " + secretValue; return a }
		return b
	}},
}

// headlessOnly keeps the fault away from a login with a person.
func headlessOnly(r sdk.LoginRequest, err error) error {
	if r.Headless {
		return err
	}
	return nil
}

// intercepted changes the messages of streams.
func intercepted(change func(grpc.ServerStream) grpc.ServerStream) []grpc.ServerOption {
	return []grpc.ServerOption{grpc.ChainStreamInterceptor(
		func(srv any, stream grpc.ServerStream, _ *grpc.StreamServerInfo, handler grpc.StreamHandler) error {
			changed := change(stream)
			err := handler(srv, changed)
			if e, ok := changed.(interface{ end(error) }); ok {
				e.end(err)
			}
			return err
		})}
}

// finishing sends a finish also where an error follows.
type finishing struct {
	grpc.ServerStream
	events int
}

func finishBeforeErrors(s grpc.ServerStream) grpc.ServerStream { return &finishing{ServerStream: s} }

func (f *finishing) SendMsg(m any) error {
	f.events++
	return f.ServerStream.SendMsg(m)
}

func (f *finishing) end(err error) {
	if err != nil && f.events > 0 && f.Context().Err() == nil {
		_ = f.ServerStream.SendMsg(&pb.GenerateResponse{Event: &pb.GenerateResponse_Finish{Finish: &pb.Finish{StopReason: "end_turn"}}})
	}
}

// batching wraps whatever may be wrapped.
type batching struct{ grpc.ServerStream }

func alwaysBatches(s grpc.ServerStream) grpc.ServerStream { return batching{s} }

func (b batching) SendMsg(m any) error {
	event, ok := m.(*pb.GenerateResponse)
	if ok && event.GetFinish() == nil && event.GetBatch() == nil {
		m = &pb.GenerateResponse{Event: &pb.GenerateResponse_Batch{Batch: &pb.EventBatch{Events: []*pb.GenerateResponse{event}}}}
	}
	return b.ServerStream.SendMsg(m)
}

// forgetting leaves out the blocks that it does not know.
type forgetting struct{ grpc.ServerStream }

func dropsUnknownBlocks(s grpc.ServerStream) grpc.ServerStream { return forgetting{s} }

func (f forgetting) RecvMsg(m any) error {
	var request pb.GenerateRequest
	if err := f.ServerStream.RecvMsg(&request); err != nil {
		return err
	}
	for _, message := range request.GetRequest().GetMessages() {
		message.Blocks = slices.DeleteFunc(message.Blocks, func(b *pb.Block) bool { return b.GetBlock() == nil })
	}
	data, err := request.MarshalVT()
	if err != nil {
		return err
	}
	return m.(interface{ UnmarshalVT(data []byte) error }).UnmarshalVT(data) //nolint:forcetypeassert // what the SDK's server receives
}
