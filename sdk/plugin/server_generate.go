package plugin

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type generateServer = grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]

// Generate serves Provider.Generate.
func (s *server) Generate(stream generateServer) error {
	first, err := stream.Recv()
	if err != nil {
		return streamEnd("generate", err)
	}
	wire := first.GetRequest()
	if wire == nil {
		return refusal("generate", "the first message of the stream is no request")
	}
	request, err := requestFromProto(wire)
	if err != nil {
		return refusal("generate", err.Error())
	}
	if s.firstAnswer != nil {
		s.answered.Do(s.firstAnswer)
	}
	return s.call(stream.Context(), "generate", func(ctx context.Context) error {
		return s.generate(ctx, request, stream)
	})
}

func (s *server) generate(ctx context.Context, request *sdk.Request, stream generateServer) error {
	events := &eventStream{stream: stream, interrupted: make(chan struct{}), gone: make(chan struct{})}
	defer events.close()
	go events.receive()
	events.startKeepalive(s.keepalive)
	result, err := s.provider.Generate(ctx, request, events)
	events.close()
	if err != nil {
		return err
	}
	if n := len(result.ProviderState); n > sdk.MaxProviderState {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "generate", Message: fmt.Sprintf(
			"the plugin returned a provider state of %d bytes; the limit is %d", n, sdk.MaxProviderState)}
	}
	return stream.Send(resultToProto(result))
}

var errAfterReturn = errors.New("emit event: generate has already returned")

// eventStream is the sdk.Stream of one answer.
type eventStream struct {
	stream      generateServer
	interrupted chan struct{}
	gone        chan struct{} // closed when the host sends nothing more

	mu     sync.Mutex // guards what follows, and the order of sends
	closed bool
	quiet  int // ticks of the keepalive since the last event
	timer  *time.Timer
	asked  map[string]chan sdk.PermissionAnswer
	serial int
}

// Emit sends one event. It blocks while the host is slow, until the host reads
// on or the call ends.
func (e *eventStream) Emit(event sdk.Event) error {
	wire, err := eventToProto(event)
	if err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return errAfterReturn
	}
	e.quiet = 0
	if err := e.stream.Send(wire); err != nil {
		return sendError(e.stream, err)
	}
	return nil
}

// sendError says why nothing can be sent: mostly that the call was cancelled,
// which callers look for with errors.Is.
func sendError(stream grpc.ServerStream, err error) error {
	if cause := stream.Context().Err(); cause != nil {
		err = cause
	}
	return fmt.Errorf("send to the host: %w", err)
}

// Interrupted is closed when the host sends an interrupt.
func (e *eventStream) Interrupted() <-chan struct{} { return e.interrupted }

// close refuses events from now on.
func (e *eventStream) close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true
	if e.timer != nil {
		e.timer.Stop()
	}
}

// startKeepalive looks twice per interval, so that the silence lasts at most
// one and a half of it, and an event costs no reading of the clock.
func (e *eventStream) startKeepalive(interval time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.timer = time.AfterFunc(interval/2, func() { e.tick(interval / 2) })
}

func (e *eventStream) tick(again time.Duration) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.closed {
		return
	}
	if e.quiet++; e.quiet >= 2 {
		e.quiet = 0
		if e.stream.Send(keepalive) != nil {
			return
		}
	}
	e.timer.Reset(again)
}

var keepalive = &pb.GenerateResponse{Event: &pb.GenerateResponse_Keepalive{Keepalive: &pb.Keepalive{}}}

// receive takes the host's later messages until there are no more.
func (e *eventStream) receive() {
	defer close(e.gone)
	interrupted := false
	for {
		message, err := e.stream.Recv()
		if err != nil {
			return
		}
		switch m := message.GetMessage().(type) {
		case *pb.GenerateRequest_PermissionAnswer:
			e.answer(m.PermissionAnswer)
		case *pb.GenerateRequest_Interrupt:
			if !interrupted {
				close(e.interrupted)
				interrupted = true
			}
		}
	}
}

func (e *eventStream) answer(a *pb.PermissionAnswer) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if waiting := e.asked[a.GetId()]; waiting != nil {
		waiting <- permissionAnswerFromProto(a)
		delete(e.asked, a.GetId())
	}
}

// Ask sends the question and waits for its answer. A host that sends no more
// messages has nobody to ask: that is a denial.
func (e *eventStream) Ask(ctx context.Context, request sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	answer := make(chan sdk.PermissionAnswer, 1)
	id := e.expect(request.ID, answer)
	defer e.forget(id)
	request.ID = id
	if err := e.Emit(request); err != nil {
		return sdk.PermissionAnswer{}, err
	}
	select {
	case a := <-answer:
		return a, nil
	case <-ctx.Done():
		return sdk.PermissionAnswer{}, ctx.Err()
	case <-e.stream.Context().Done():
		return sdk.PermissionAnswer{}, e.stream.Context().Err()
	case <-e.gone:
	}
	select {
	case a := <-answer: // it came just before the end
		return a, nil
	default:
		return sdk.PermissionAnswer{Message: "nobody can be asked"}, nil
	}
}

// expect notes who waits for an answer, under an id that no other question of
// this answer has.
func (e *eventStream) expect(id string, answer chan sdk.PermissionAnswer) string {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.asked == nil {
		e.asked = make(map[string]chan sdk.PermissionAnswer)
	}
	id = clean(id)
	for id == "" || e.asked[id] != nil {
		e.serial++
		id = "ask-" + strconv.Itoa(e.serial)
	}
	e.asked[id] = answer
	return id
}

func (e *eventStream) forget(id string) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.asked, id)
}
