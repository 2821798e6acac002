package plugin

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"google.golang.org/grpc"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var errAfterReturn = errors.New("emit event: generate has already returned")

// How many events may wait to be sent, and of how many bytes, before Emit blocks.
// One larger event waits alone, so that no batch outgrows the limit of a message.
const (
	maxPending      = 256
	maxPendingBytes = 1 << 20
)

// eventStream is the sdk.Stream of one answer. Events wait in a queue for one
// goroutine that sends them, so that those which come faster than a message is
// sent share the next one.
type eventStream struct {
	stream      generateServer
	batches     bool
	interrupted chan struct{}
	gone        chan struct{} // closed when the host sends nothing more

	mu      sync.Mutex // guards what follows
	changed *sync.Cond // of pending, closed, idle and err
	pending []*pb.GenerateResponse
	bytes   int // of pending
	closed  bool
	idle    bool // nothing is being sent
	err     error
	quiet   int // ticks of the keepalive since the last event
	timer   *time.Timer
	asked   map[string]chan sdk.PermissionAnswer
	serial  int
}

func newEventStream(stream generateServer, batches bool) *eventStream {
	e := &eventStream{
		stream: stream, batches: batches, idle: true,
		interrupted: make(chan struct{}), gone: make(chan struct{}),
	}
	e.changed = sync.NewCond(&e.mu)
	return e
}

// Emit queues one event. It blocks while the host is slow, until the host reads
// on or the call ends. An event that could not be sent is told by a later Emit,
// or by the end of Generate.
func (e *eventStream) Emit(event sdk.Event) error {
	wire, err := eventToProto(event)
	if err != nil {
		return err
	}
	size := wire.SizeVT()
	e.mu.Lock()
	defer e.mu.Unlock()
	for !e.fits(size) && e.err == nil && !e.closed {
		e.changed.Wait()
	}
	switch {
	case e.closed:
		return errAfterReturn
	case e.err != nil:
		return e.err
	}
	e.quiet = 0
	e.queue(wire, size)
	return nil
}

// fits tells whether one more event may wait; the caller holds the lock.
func (e *eventStream) fits(size int) bool {
	return len(e.pending) == 0 || len(e.pending) < maxPending && e.bytes+size <= maxPendingBytes
}

// queue adds a message; the caller holds the lock.
func (e *eventStream) queue(wire *pb.GenerateResponse, size int) {
	e.pending = append(e.pending, wire)
	e.bytes += size
	if e.idle {
		e.changed.Broadcast()
	}
}

// send sends what is queued until the answer ends.
func (e *eventStream) send() {
	e.mu.Lock()
	defer e.mu.Unlock()
	var spare []*pb.GenerateResponse
	for {
		for len(e.pending) == 0 && !e.closed {
			e.changed.Wait()
		}
		if len(e.pending) == 0 || e.err != nil {
			e.pending = nil
			e.changed.Broadcast()
			return
		}
		taken := e.pending
		e.pending, e.bytes, e.idle = spare[:0], 0, false
		e.mu.Unlock()
		err := e.sendAll(taken)
		clear(taken)
		e.mu.Lock()
		spare, e.idle = taken, true
		if err != nil {
			e.err = sendError(e.stream, err)
		}
		e.changed.Broadcast()
	}
}

func (e *eventStream) sendAll(events []*pb.GenerateResponse) error {
	if len(events) > 1 && e.batches {
		return e.stream.Send(&pb.GenerateResponse{Event: &pb.GenerateResponse_Batch{
			Batch: &pb.EventBatch{Events: events},
		}})
	}
	for _, event := range events {
		if err := e.stream.Send(event); err != nil {
			return err
		}
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

// close refuses events from now on and waits until all before are sent. It
// returns why they could not be.
func (e *eventStream) close() error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if !e.closed {
		e.closed = true
		if e.timer != nil {
			e.timer.Stop()
		}
		e.changed.Broadcast()
	}
	for e.err == nil && (len(e.pending) > 0 || !e.idle) {
		e.changed.Wait()
	}
	return e.err
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
	if e.closed || e.err != nil {
		return
	}
	if e.quiet++; e.quiet >= 2 && len(e.pending) == 0 {
		e.quiet = 0
		e.queue(keepalive, 0)
	}
	e.timer.Reset(again)
}

var keepalive = &pb.GenerateResponse{Event: &pb.GenerateResponse_Keepalive{Keepalive: &pb.Keepalive{}}}
