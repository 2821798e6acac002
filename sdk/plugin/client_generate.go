package plugin

import (
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type generateClient = grpc.BidiStreamingClient[pb.GenerateRequest, pb.GenerateResponse]

// Generate sends the request and hands every event to stream, in order and from
// the caller's goroutine. Questions go to stream.Ask in goroutines of their
// own, which have ended when Generate returns. When ctx ends, Generate returns
// at once, without waiting for the plugin.
func (c *Client) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	history := c.sent.take()
	keep := sync.OnceFunc(func() { c.sent.put(history, history.size()) })
	defer keep()
	messages, err := history.encode(request.Messages)
	if err != nil {
		return sdk.Result{}, &sdk.Error{Kind: sdk.KindInvalidRequest, Op: "generate", Err: err}
	}
	callCtx, cancel := context.WithCancel(ctx)
	a := &answer{ctx: ctx, stream: stream}
	defer a.helpers.Wait()
	defer cancel()
	a.rpc, err = c.rpc.Generate(callCtx, callOptions()...)
	if err != nil {
		return sdk.Result{}, errorFromStatus(ctx, "generate", err)
	}
	defer a.watchIdle(c.idleLimit, cancel)()
	head := headToProto(request)
	head.AcceptsBatches = true
	// A failed send is told by Recv, with its reason.
	_ = a.rpc.SendMsg(&outgoingRequest{head: head, messages: messages})
	keep() // the answer may take long, and what was sent is copied
	a.watchInterrupt(callCtx)
	return a.receive(callCtx)
}

// answer is one running Generate call of the host.
type answer struct {
	ctx     context.Context // the caller's; lives as long as the call
	stream  sdk.Stream
	rpc     generateClient
	helpers sync.WaitGroup

	sendMu sync.Mutex

	// turns counts how often the caller and the plugin took turns: it is even
	// while the plugin is being waited for.
	turns atomic.Uint64
	idle  atomic.Bool
}

var errNothingAfterFinish = &sdk.Error{
	Kind: sdk.KindInternal, Op: "generate", Message: "the plugin sent an event after the finish",
}

var errBadBatch = &sdk.Error{
	Kind: sdk.KindInternal, Op: "generate", Message: "the plugin sent a finish or a batch within a batch",
}

// receive takes events until the stream ends.
func (a *answer) receive(ctx context.Context) (sdk.Result, error) {
	for {
		wire, err := a.rpc.Recv()
		if err != nil {
			return sdk.Result{}, a.failure(err)
		}
		if finish := wire.GetFinish(); finish != nil {
			return a.finish(resultFromProto(finish))
		}
		a.turns.Add(1)
		err = a.deliverAll(ctx, wire)
		a.turns.Add(1)
		if err != nil {
			return sdk.Result{}, err
		}
	}
}

// deliverAll hands over the events of one message.
func (a *answer) deliverAll(ctx context.Context, wire *pb.GenerateResponse) error {
	batch := wire.GetBatch()
	if batch == nil {
		return a.deliver(ctx, eventFromProto(wire))
	}
	for _, event := range batch.GetEvents() {
		if event.GetFinish() != nil || event.GetBatch() != nil {
			return errBadBatch
		}
		if err := a.deliver(ctx, eventFromProto(event)); err != nil {
			return err
		}
	}
	return nil
}

// deliver hands one event to the caller. Unknown ones are nil and ignored.
func (a *answer) deliver(ctx context.Context, event sdk.Event) error {
	switch e := event.(type) {
	case nil:
		return nil
	case sdk.PermissionRequest:
		a.helpers.Go(func() { a.ask(ctx, e) })
		return nil
	default:
		return a.stream.Emit(event)
	}
}

// ask gets the answer of whoever can give one. An error is a denial: the
// vendor's program must not wait for ever.
func (a *answer) ask(ctx context.Context, request sdk.PermissionRequest) {
	reply, err := a.stream.Ask(ctx, request)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		reply = sdk.PermissionAnswer{Message: "nobody can be asked: " + err.Error()}
	}
	a.send(permissionAnswerToProto(request.ID, reply))
}

// send ignores errors: Recv tells them.
func (a *answer) send(message *pb.GenerateRequest) {
	a.sendMu.Lock()
	defer a.sendMu.Unlock()
	_ = a.rpc.Send(message)
}

// finish makes sure that nothing follows. A plugin that dies between the finish
// and the end of the stream has still answered.
func (a *answer) finish(result sdk.Result) (sdk.Result, error) {
	_, err := a.rpc.Recv()
	if err == nil {
		return sdk.Result{}, errNothingAfterFinish
	}
	if errors.Is(err, io.EOF) {
		return result, nil
	}
	err = a.failure(err)
	if lost := (*TransportError)(nil); errors.As(err, &lost) {
		return result, nil
	}
	return sdk.Result{}, err
}

func (a *answer) failure(err error) error {
	switch {
	case a.ctx.Err() != nil:
		return cancelled(a.ctx, "generate")
	case a.idle.Load():
		return &sdk.Error{
			Kind: sdk.KindNetwork, Op: "generate", Retryable: true,
			Message: "the plugin sent nothing for too long, not even a sign of life",
		}
	case errors.Is(err, io.EOF):
		return &sdk.Error{
			Kind: sdk.KindNetwork, Op: "generate", Retryable: true,
			Message: "plugin ended the answer without a finish", Err: io.ErrUnexpectedEOF,
		}
	}
	return errorFromStatus(a.ctx, "generate", err)
}

func (a *answer) watchInterrupt(ctx context.Context) {
	interrupted := a.stream.Interrupted()
	if interrupted == nil {
		return
	}
	a.helpers.Go(func() {
		select {
		case <-interrupted:
			a.send(&pb.GenerateRequest{Message: &pb.GenerateRequest_Interrupt{Interrupt: &pb.Interrupt{}}})
		case <-ctx.Done():
		}
	})
}

// idleParts is how finely silence is measured.
const idleParts = 4

// watchIdle gives the answer up when the plugin is silent for limit. It looks
// at a counter now and then, so that an event costs no timer.
func (a *answer) watchIdle(limit time.Duration, giveUp context.CancelFunc) (stop func()) {
	if limit <= 0 {
		return func() {}
	}
	var timer *time.Timer
	seen, quiet := uint64(0), 0
	started := make(chan struct{}) // timer is set
	timer = time.AfterFunc(limit/idleParts, func() {
		<-started
		now := a.turns.Load()
		if waiting := now%2 == 0; !waiting || now != seen {
			seen, quiet = now, 0
		} else if quiet++; quiet >= idleParts {
			a.idle.Store(true)
			giveUp()
			return
		}
		timer.Reset(limit / idleParts)
	})
	close(started)
	return func() { timer.Stop() }
}
