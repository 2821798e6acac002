package plugin

import (
	"context"
	"fmt"
	"strconv"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

type generateServer = grpc.BidiStreamingServer[pb.GenerateRequest, pb.GenerateResponse]

// Generate serves Provider.Generate.
func (s *server) Generate(stream generateServer) error {
	first := newIncomingRequest(s.received.take())
	err := stream.RecvMsg(first)
	first.whole()
	s.received.put(first.history, first.history.size())
	switch {
	case err != nil:
		return streamEnd("generate", err)
	case first.request == nil:
		return refusal("generate", "the first message of the stream is no request")
	case first.refused != nil:
		return refusal("generate", first.refused.Error())
	}
	return s.call(stream.Context(), "generate", func(ctx context.Context) error {
		return s.generate(ctx, first.request, newEventStream(stream, first.batches))
	})
}

func (s *server) generate(ctx context.Context, request *sdk.Request, events *eventStream) error {
	defer func() { _ = events.close() }() // told below, unless Generate panicked
	go events.receive()
	go events.send()
	events.startKeepalive(s.keepalive)
	result, err := s.provider.Generate(ctx, request, events)
	if sendErr := events.close(); err == nil {
		err = sendErr
	}
	if err != nil {
		return err
	}
	if n := len(result.ProviderState); n > sdk.MaxProviderState {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "generate", Message: fmt.Sprintf(
			"the plugin returned a provider state of %d bytes; the limit is %d", n, sdk.MaxProviderState)}
	}
	return events.stream.Send(resultToProto(result))
}

// Interrupted is closed when the host sends an interrupt.
func (e *eventStream) Interrupted() <-chan struct{} { return e.interrupted }

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
