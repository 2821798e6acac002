package conformance

import (
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

var wireCases = []Case{
	{ID: "finish", Section: sectionGenerate, Modes: onTheWire, run: finish, Proves: "a stream that ends well has exactly one finish, as its last event; one that ends with an error has none"},
	{ID: "no_batches", Section: sectionGenerate, Modes: onTheWire, run: noBatches, Proves: "a host that does not accept batches gets none"},
	{ID: "unknown_block", Section: sectionEvolution, Modes: onTheWire, run: unknownBlock, Proves: "a request with a block of a newer protocol is refused as an invalid_request, not answered without the block"},
	{ID: "no_request", Section: sectionGenerate, Modes: onTheWire, run: noRequest, Proves: "a stream whose first message is no request is refused with an error, and the plugin goes on working"},
}

func finish(c *check) {
	fixtures := c.subject.Fixtures
	c.need(fixtures.Text != nil, "text")
	s := c.open()
	c.finishes(s, "text", fixtures.Text("finish"))
	if fixtures.Tool != nil {
		c.finishes(s, "tool", fixtures.Tool)
	}
	if fixtures.Failure == nil {
		return
	}
	for _, kind := range sdk.Kinds() {
		if request, _ := fixtures.Failure(kind); request != nil {
			c.finishes(s, kind.String(), request)
		}
	}
}

func (c *check) finishes(s *session, name string, request *sdk.Request) {
	events, err := c.exchange(s, c.onWire(request))
	count := 0
	for i, event := range events {
		if event.GetFinish() == nil {
			continue
		}
		count++
		if i != len(events)-1 {
			c.failf("%s: %d events come after the finish", name, len(events)-1-i)
		}
	}
	switch {
	case err == nil && count != 1:
		c.failf("%s: the stream ended well with %d finishes", name, count)
	case err != nil && count > 0:
		c.failf("%s: there was a finish, and then the error %v", name, err)
	}
}

func noBatches(c *check) {
	request := c.subject.Fixtures.Long
	if request == nil {
		c.need(c.subject.Fixtures.Text != nil, "text")
		request = c.subject.Fixtures.Text("single")
	}
	events, err := c.exchange(c.open(), c.onWire(request))
	if err != nil {
		c.fatalf("generate: %v", err)
	}
	for _, event := range events {
		if event.GetBatch() != nil {
			c.fatalf("a batch came, though accepts_batches was not set")
		}
	}
}

func unknownBlock(c *check) {
	c.need(c.subject.Fixtures.Text != nil, "text")
	message := c.onWire(c.subject.Fixtures.Text("block"))
	last := message.GetRequest().GetMessages()
	last[len(last)-1].Blocks = append(last[len(last)-1].Blocks, withGrease(&pb.Block{}))
	_, err := c.exchange(c.open(), message)
	if code := status.Code(err); code != codes.InvalidArgument && code != codes.Unimplemented {
		c.failf("a request with an unknown block gave %v", err)
	}
}

func noRequest(c *check) {
	s := c.open()
	_, err := c.exchange(s, &pb.GenerateRequest{Message: &pb.GenerateRequest_Interrupt{Interrupt: &pb.Interrupt{}}})
	if code := status.Code(err); code == codes.OK || code == codes.Unavailable {
		c.failf("a stream without a request gave %v", err)
	}
	if _, err := s.provider.Info(c.ctx); err != nil {
		c.failf("the call after it: %v", err)
	}
}
