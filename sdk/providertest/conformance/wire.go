package conformance

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// onWire is the first message of a host that sends request, taken from the SDK's
// own client.
func (c *check) onWire(request *sdk.Request) *pb.GenerateRequest {
	captured := &captureConn{}
	_, _ = plugin.NewClient(captured).Generate(c.ctx, request, &recorder{}) // ends at the first message
	if captured.message.GetRequest() == nil {
		c.fatalf("a fixture's request cannot be sent")
	}
	captured.message.GetRequest().AcceptsBatches = false
	return captured.message
}

var errCaptured = errors.New("captured")

// captureConn is a connection that keeps the first message and ends.
type captureConn struct{ message *pb.GenerateRequest }

func (*captureConn) Invoke(context.Context, string, any, any, ...grpc.CallOption) error {
	return errCaptured
}

func (c *captureConn) NewStream(ctx context.Context, _ *grpc.StreamDesc, _ string, _ ...grpc.CallOption) (grpc.ClientStream, error) {
	return &captureStream{conn: c, ctx: ctx}, nil
}

type captureStream struct {
	conn *captureConn
	ctx  context.Context // that of the call
}

// encodable is what the SDK's client sends: a message that writes itself.
type encodable interface {
	SizeVT() int
	MarshalToSizedBufferVT(b []byte) (int, error)
}

func (s *captureStream) SendMsg(message any) error {
	m, ok := message.(encodable)
	if !ok || s.conn.message != nil {
		return nil
	}
	data, request := make([]byte, m.SizeVT()), &pb.GenerateRequest{}
	if _, err := m.MarshalToSizedBufferVT(data); err != nil {
		return err
	}
	if err := request.UnmarshalVT(data); err != nil {
		return err
	}
	s.conn.message = request
	return nil
}
func (*captureStream) RecvMsg(any) error            { return errCaptured }
func (*captureStream) Header() (metadata.MD, error) { return nil, nil }
func (*captureStream) Trailer() metadata.MD         { return nil }
func (*captureStream) CloseSend() error             { return nil }
func (s *captureStream) Context() context.Context   { return s.ctx }

// exchange sends one message and takes what comes until the stream ends.
func (c *check) exchange(s *session, message *pb.GenerateRequest) ([]*pb.GenerateResponse, error) {
	stream, err := pb.NewProviderServiceClient(s.conn).Generate(c.ctx,
		grpc.MaxCallRecvMsgSize(plugin.MaxMessageBytes), grpc.MaxCallSendMsgSize(plugin.MaxMessageBytes))
	if err != nil {
		return nil, err
	}
	_ = stream.Send(message) // told by Recv, with its reason
	_ = stream.CloseSend()
	var events []*pb.GenerateResponse
	for {
		event, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return events, nil
		}
		if err != nil {
			return events, err
		}
		events = append(events, event)
	}
}
