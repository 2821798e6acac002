package plugin_test

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type generateFunc = func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error)

func generating(tb testing.TB, f generateFunc, options ...plugin.ServerOption) *plugin.Client {
	tb.Helper()
	return remote(tb, &fake{generate: f}, options...)
}

func TestGenerateCrossesWhole(t *testing.T) {
	t.Parallel()
	cost := 0.25
	events := []sdk.Event{
		sdk.Started{Model: "m", ProviderRequestID: "req"},
		sdk.ThinkingDelta{MessageID: "1", Text: "hm", Signature: "sig", Opaque: []byte{0, 255}, Origin: "o"},
		sdk.TextDelta{MessageID: "1", Text: "hello"},
		sdk.ToolCallStart{MessageID: "1", ID: "c", Name: "bash"},
		sdk.ToolCallDelta{MessageID: "1", ID: "c", JSON: `{"a"`},
		sdk.ToolCallEnd{MessageID: "1", ID: "c", Input: []byte(`{"a":1}`)},
		sdk.NativeToolEvent{Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "n", Output: "out", Denied: true}},
		sdk.RetryEvent{Attempt: 2, Delay: time.Second, HTTPStatus: 529, Reason: "overloaded"},
		sdk.Retract{MessageID: "1"},
		sdk.RateLimit{Window: "five_hour", Utilization: 0.5, ResetsAt: time.Unix(1e9, 0).UTC(), Status: "warning"},
		sdk.UsageEvent{Usage: sdk.Usage{InputTokens: 3, CostUSD: &cost}},
		sdk.WarningEvent{Code: "x", Message: "y"},
		sdk.Keepalive{},
	}
	want := sdk.Result{StopReason: sdk.StopToolUse, Model: "m", ProviderState: []byte{1, 2}, Usage: sdk.Usage{OutputTokens: 9}}
	temperature := 0.5
	sent := &sdk.Request{ID: "1", Model: "m", Temperature: &temperature, ThinkingTokens: -1, ProviderState: []byte{7}}
	client := generating(t, func(_ context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		if diff := cmp.Diff(sent, request); diff != "" {
			t.Errorf("request changed:\n%s", diff)
		}
		for _, event := range events {
			if err := stream.Emit(event); err != nil {
				return sdk.Result{}, err
			}
		}
		return want, nil
	})
	stream := &collector{}
	got, err := client.Generate(t.Context(), sent, stream)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events, stream.events); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestBrokenAnswers are plugins that break the protocol, each in one way.
func TestBrokenAnswers(t *testing.T) {
	t.Parallel()
	type server = grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]
	tests := map[string]struct {
		generate func(server) error
		kind     sdk.Kind
		cause    error
		text     string
	}{
		"no finish":          {func(s server) error { return s.Send(textEvent("x")) }, sdk.KindNetwork, io.ErrUnexpectedEOF, "without a finish"},
		"nothing at all":     {func(server) error { return nil }, sdk.KindNetwork, io.ErrUnexpectedEOF, "without a finish"},
		"event after finish": {func(s server) error { return errors.Join(s.Send(finishEvent()), s.Send(textEvent("x"))) }, sdk.KindInternal, nil, "after the finish"},
		"two finishes":       {func(s server) error { return errors.Join(s.Send(finishEvent()), s.Send(finishEvent())) }, sdk.KindInternal, nil, "after the finish"},
		"error after finish": {func(s server) error { _ = s.Send(finishEvent()); return errors.New("boom") }, sdk.KindInternal, nil, "boom"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := remoteRogue(t, &rogue{generate: test.generate}).Generate(t.Context(), ask("x"), &collector{})
			if err == nil || sdk.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%v %v", sdk.KindOf(err), err)
			}
			if test.cause != nil && !errors.Is(err, test.cause) {
				t.Errorf("%v is not %v", err, test.cause)
			}
		})
	}
}

func TestUnknownEventIsIgnored(t *testing.T) {
	t.Parallel()
	client := remoteRogue(t, &rogue{generate: func(s grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]) error {
		newer := &pb.GenerateResponse{}
		newer.ProtoReflect().SetUnknown([]byte{0xfa, 0x3f, 1, 'x'}) // field 1023, bytes
		return errors.Join(s.Send(newer), s.Send(textEvent("x")), s.Send(finishEvent()))
	}})
	stream := &collector{}
	if _, err := client.Generate(t.Context(), ask("x"), stream); err != nil || len(stream.events) != 1 {
		t.Errorf("%v, %d events", err, len(stream.events))
	}
}

func TestFirstMessageMustBeTheRequest(t *testing.T) {
	t.Parallel()
	conn, _ := connect(t, func(s *grpc.Server) { plugin.RegisterServer(s, &fake{}) })
	rpc, err := pb.NewProviderServiceClient(conn).Generate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = rpc.Send(&pb.GenerateRequest{Message: &pb.GenerateRequest_Interrupt{Interrupt: &pb.Interrupt{}}})
	if _, err := rpc.Recv(); err == nil || !strings.Contains(err.Error(), "no request") {
		t.Errorf("got %v", err)
	}
}

func TestCancelIsPrompt(t *testing.T) {
	t.Parallel()
	client := generating(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		_ = stream.Emit(sdk.TextDelta{Text: "x"})
		<-ctx.Done()
		return sdk.Result{}, ctx.Err()
	})
	ctx, cancel := context.WithCancel(t.Context())
	var begin time.Time
	_, err := client.Generate(ctx, ask("x"), &collector{emit: func(sdk.Event) error { begin = time.Now(); cancel(); return nil }})
	if sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, context.Canceled) {
		t.Errorf("%v %v", sdk.KindOf(err), err)
	}
	if took := time.Since(begin); took > 2500*time.Millisecond {
		t.Errorf("took %v", took)
	}
}

func TestConsumersErrorIsReturnedAsItIs(t *testing.T) {
	t.Parallel()
	ended := make(chan struct{})
	client := generating(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		defer close(ended)
		for stream.Emit(sdk.TextDelta{Text: "x"}) == nil {
		}
		return sdk.Result{}, ctx.Err()
	})
	boom := errors.New("disk full")
	_, err := client.Generate(t.Context(), ask("x"), &collector{emit: func(sdk.Event) error { return boom }})
	if err != boom { //nolint:errorlint // the very same
		t.Errorf("got %v", err)
	}
	<-ended
}

func TestEmitAfterReturn(t *testing.T) {
	t.Parallel()
	late := make(chan error, 1)
	returned := make(chan struct{})
	client := generating(t, func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		go func() {
			<-returned
			late <- stream.Emit(sdk.TextDelta{Text: "late"})
		}()
		return sdk.Result{StopReason: sdk.StopEndTurn}, nil
	})
	stream := &collector{}
	if _, err := client.Generate(t.Context(), ask("x"), stream); err != nil {
		t.Fatal(err)
	}
	close(returned)
	if err := <-late; err == nil || !strings.Contains(err.Error(), "already returned") || len(stream.events) > 0 {
		t.Errorf("a late event was taken: %v %v", err, stream.events)
	}
}

func TestProviderStateLimit(t *testing.T) {
	t.Parallel()
	for size, fails := range map[int]bool{sdk.MaxProviderState: false, sdk.MaxProviderState + 1: true} {
		client := generating(t, func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error) {
			return sdk.Result{StopReason: sdk.StopEndTurn, ProviderState: make([]byte, size)}, nil
		})
		_, err := client.Generate(t.Context(), ask("x"), &collector{})
		if (err != nil) != fails || (fails && sdk.KindOf(err) != sdk.KindInternal) {
			t.Errorf("%d bytes: %v", size, err)
		}
	}
}

func TestPanicIsRecovered(t *testing.T) {
	t.Parallel()
	f := &fake{}
	client := remote(t, f)
	f.generate = func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error) { panic("boom") }
	f.auth = func(bool) (sdk.AuthStatus, error) { panic(errors.New("crash")) }
	f.login = func(context.Context, sdk.LoginRequest, sdk.LoginUI) (sdk.Account, error) { panic("bang") }
	_, errGenerate := client.Generate(t.Context(), ask("x"), &collector{})
	_, errAuth := client.AuthStatus(t.Context(), false)
	_, errLogin := client.Login(t.Context(), sdk.LoginRequest{}, nil)
	for want, err := range map[string]error{"boom": errGenerate, "crash": errAuth, "bang": errLogin} {
		if sdk.KindOf(err) != sdk.KindInternal || !strings.HasSuffix(err.Error(), "plugin panic: "+want) || strings.Contains(err.Error(), "goroutine") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := client.Info(t.Context()); err != nil {
		t.Errorf("the next call: %v", err)
	}
}

func TestKeepalive(t *testing.T) {
	t.Parallel()
	client := generating(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		select {
		case <-stream.Interrupted():
			return sdk.Result{StopReason: sdk.StopEndTurn}, nil
		case <-ctx.Done():
			return sdk.Result{}, ctx.Err()
		}
	}, plugin.WithKeepalive(2*time.Millisecond))
	stream := &collector{interrupted: make(chan struct{})}
	stream.emit = func(event sdk.Event) error {
		if stream.events = append(stream.events, event); len(stream.events) == 3 {
			close(stream.interrupted)
		}
		return nil
	}
	result, err := client.Generate(t.Context(), ask("x"), stream)
	if err != nil || result.StopReason != sdk.StopEndTurn {
		t.Fatal(result, err)
	}
	for _, event := range stream.events {
		if event != (sdk.Keepalive{}) {
			t.Errorf("got %#v", event)
		}
	}
}

// TestIdleLimit also shows that a caller who is slow is no silent plugin.
func TestIdleLimit(t *testing.T) {
	t.Parallel()
	rogues := &rogue{generate: func(s grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]) error {
		_ = s.Send(textEvent("x"))
		<-s.Context().Done()
		return s.Context().Err()
	}}
	synctest.Test(t, func(t *testing.T) {
		client := remoteRogue(t, rogues, plugin.WithIdleLimit(time.Minute))
		begin := time.Now()
		_, err := client.Generate(t.Context(), ask("x"), &collector{emit: func(sdk.Event) error {
			<-time.After(time.Hour)
			return nil
		}})
		took := time.Since(begin) - time.Hour
		if sdk.KindOf(err) != sdk.KindNetwork || took < time.Minute || took > time.Minute+30*time.Second {
			t.Errorf("%v after %v", err, took)
		}
	})
}

func TestAsk(t *testing.T) {
	t.Parallel()
	answers := make(chan sdk.PermissionAnswer, 3)
	client := generating(t, func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		done := make(chan error, 2)
		for range 2 { // both with the same id
			go func() {
				a, err := stream.Ask(ctx, sdk.PermissionRequest{ID: "same", Tool: "bash", Input: []byte(`{}`)})
				answers <- a
				done <- err
			}()
		}
		return sdk.Result{StopReason: sdk.StopEndTurn}, errors.Join(<-done, <-done)
	})
	seen := make(chan string, 2)
	_, err := client.Generate(t.Context(), ask("x"), &collector{answer: func(_ context.Context, r sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
		seen <- r.ID
		return sdk.PermissionAnswer{Allow: r.ID == "same", Message: r.Tool}, nil
	}})
	if err != nil {
		t.Fatal(err)
	}
	if a, b := <-seen, <-seen; a == b {
		t.Errorf("two questions with the id %q", a)
	}
	if a, b := <-answers, <-answers; a.Allow == b.Allow || a.Message != "bash" {
		t.Errorf("answers %v %v", a, b)
	}
}

func TestNobodyToAsk(t *testing.T) {
	t.Parallel()
	got := make(chan sdk.PermissionAnswer, 1)
	f := &fake{generate: func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		a, err := stream.Ask(ctx, sdk.PermissionRequest{Tool: "bash"})
		got <- a
		return sdk.Result{StopReason: sdk.StopEndTurn}, err
	}}
	t.Run("the host fails", func(t *testing.T) {
		_, err := remote(t, f).Generate(t.Context(), ask("x"), &collector{answer: func(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
			return sdk.PermissionAnswer{Allow: true}, errors.New("no terminal")
		}})
		if a := <-got; err != nil || a.Allow || !strings.Contains(a.Message, "no terminal") {
			t.Errorf("%v %v", a, err)
		}
	})
	t.Run("the host sends nothing more", func(t *testing.T) {
		conn, _ := connect(t, func(s *grpc.Server) { plugin.RegisterServer(s, f) })
		rpc, err := pb.NewProviderServiceClient(conn).Generate(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_ = rpc.Send(&pb.GenerateRequest{Message: &pb.GenerateRequest_Request{Request: &pb.ModelRequest{}}})
		_ = rpc.CloseSend()
		if a := <-got; a.Allow {
			t.Error("allowed")
		}
	})
}

// TestSlowConsumer holds the plugin back instead of buffering without bound.
func TestSlowConsumer(t *testing.T) {
	t.Parallel()
	const total, chunk = 4000, 4 << 10
	sent := make(chan int, total)
	client := generating(t, func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
		for i := range total {
			if err := stream.Emit(sdk.TextDelta{Text: strings.Repeat("x", chunk)}); err != nil {
				return sdk.Result{}, err
			}
			sent <- i
		}
		return sdk.Result{StopReason: sdk.StopEndTurn}, nil
	})
	got, ahead := 0, 0
	_, err := client.Generate(t.Context(), ask("x"), &collector{emit: func(sdk.Event) error {
		if got++; got == 1 {
			waitUntilStable(func() int { return len(sent) })
		}
		ahead = max(ahead, len(sent)+1-got)
		return nil
	}})
	if err != nil || got != total {
		t.Errorf("%v, %d of %d", err, got, total)
	}
	if ahead*chunk > 8<<20 {
		t.Errorf("the plugin was %d bytes ahead", ahead*chunk)
	}
}

// waitUntilStable returns when count has not changed for a while.
func waitUntilStable(count func() int) {
	ticks := time.NewTicker(20 * time.Millisecond)
	defer ticks.Stop()
	for last, same := -1, 0; same < 5; {
		<-ticks.C
		if now := count(); now == last {
			same++
		} else {
			last, same = now, 0
		}
	}
}

// TestBatchesAreBounded: events of any size gather only up to a limit in bytes.
func TestBatchesAreBounded(t *testing.T) {
	t.Parallel()
	const events, size, limit = 24, 300 << 10, 1<<20 + 4096
	conn, _ := connect(t, func(s *grpc.Server) {
		plugin.RegisterServer(s, &fake{generate: func(_ context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
			for range events {
				if err := stream.Emit(sdk.TextDelta{Text: strings.Repeat("x", size)}); err != nil {
					return sdk.Result{}, err
				}
			}
			return sdk.Result{StopReason: sdk.StopEndTurn}, stream.Emit(sdk.TextDelta{Text: strings.Repeat("x", 2<<20)})
		}})
	})
	rpc, err := pb.NewProviderServiceClient(conn).Generate(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_ = rpc.Send(&pb.GenerateRequest{Message: &pb.GenerateRequest_Request{Request: &pb.ModelRequest{AcceptsBatches: true}}})
	got := 0
	for {
		message, err := rpc.Recv()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if n := proto.Size(message); message.GetBatch() != nil && n > limit {
			t.Errorf("a batch of %d bytes", n)
		}
		got += max(len(message.GetBatch().GetEvents()), 1)
	}
	if got != events+2 { // the large one and the finish
		t.Errorf("%d events", got)
	}
}

func TestLargeRequest(t *testing.T) {
	t.Parallel()
	client := generating(t, func(_ context.Context, r *sdk.Request, _ sdk.Stream) (sdk.Result, error) {
		image, _ := r.Messages[0].Blocks[0].(sdk.Image)
		return sdk.Result{StopReason: sdk.StopEndTurn, Usage: sdk.Usage{InputTokens: int64(len(image.Data))}}, nil
	})
	request := &sdk.Request{Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Image{Data: make([]byte, 32<<20)}}}}}
	result, err := client.Generate(t.Context(), request, &collector{})
	if err != nil || result.Usage.InputTokens != 32<<20 {
		t.Error(result, err)
	}
}

func TestLostConnection(t *testing.T) {
	t.Parallel()
	conn, server := connect(t, func(s *grpc.Server) {
		plugin.RegisterServer(s, &fake{generate: func(ctx context.Context, _ *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
			_ = stream.Emit(sdk.TextDelta{Text: "x"})
			<-ctx.Done()
			return sdk.Result{}, ctx.Err()
		}})
	})
	client := plugin.NewClient(conn)
	_, err := client.Generate(t.Context(), ask("x"), &collector{emit: func(sdk.Event) error { go server.Stop(); return nil }})
	var lost *plugin.TransportError
	if !errors.As(err, &lost) || lost.Op != "generate" {
		t.Errorf("%T %v", err, err)
	}
	if err := client.Drain(t.Context()); !errors.As(err, &lost) {
		t.Errorf("a later call: %T %v", err, err)
	}
}
