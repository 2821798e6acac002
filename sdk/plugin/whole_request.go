package plugin

import (
	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// outgoingRequest is a GenerateRequest with a ModelRequest whose messages are encoded
// already: as bytes it is one like any other.
type outgoingRequest struct {
	head     *pb.ModelRequest // without messages
	messages []byte           // as fields of it
}

func (r *outgoingRequest) inner() int { return r.head.SizeVT() + len(r.messages) }

// SizeVT is what generated code calls the size of a message.
func (r *outgoingRequest) SizeVT() int {
	return protowire.SizeTag(fieldRequest) + protowire.SizeBytes(r.inner())
}

// MarshalToSizedBufferVT fills b, which has the message's size.
func (r *outgoingRequest) MarshalToSizedBufferVT(b []byte) (int, error) {
	out := protowire.AppendTag(b[:0], fieldRequest, protowire.BytesType)
	out = protowire.AppendVarint(out, uint64(r.inner())) //nolint:gosec // a size is not negative
	head := len(out) + r.head.SizeVT()
	if _, err := r.head.MarshalToSizedBufferVT(b[len(out):head]); err != nil {
		return 0, err
	}
	return head + copy(b[head:], r.messages), nil
}

// incomingRequest is a GenerateRequest of which, read by our codec, only those messages of
// the conversation are read that are not in history. Another codec reads it whole.
type incomingRequest struct {
	*pb.GenerateRequest // another codec's
	history             *receivedHistory
	// request is nil if the message is no request; refused is why it cannot be answered.
	request *sdk.Request
	batches bool
	refused error
}

func newIncomingRequest(history *receivedHistory) *incomingRequest {
	return &incomingRequest{GenerateRequest: new(pb.GenerateRequest), history: history}
}

// UnmarshalVT reads data, which is the caller's again afterwards.
func (r *incomingRequest) UnmarshalVT(data []byte) error {
	head, messages, found, err := splitRequest(data)
	if err != nil || !found {
		return err
	}
	var wire pb.ModelRequest
	if err := wire.UnmarshalVT(head); err != nil {
		return err
	}
	r.convert(&wire)
	r.request.Messages, r.refused = r.history.decode(messages)
	return nil
}

// whole takes over what another codec has read.
func (r *incomingRequest) whole() {
	wire := r.GetRequest()
	if r.request != nil || wire == nil {
		return
	}
	r.convert(wire)
	r.request.Messages, r.refused = messagesFromProto(wire.GetMessages())
}

func (r *incomingRequest) convert(head *pb.ModelRequest) {
	r.request, r.batches = headFromProto(head), head.GetAcceptsBatches()
}

// splitRequest takes the messages out of the ModelRequest that data holds; head is the
// rest of it. A request that comes in several parts is one.
func splitRequest(data []byte) (head []byte, messages [][]byte, found bool, err error) {
	err = eachField(data, fieldRequest, func(request []byte) error {
		found = true
		for len(request) > 0 {
			number, kind, n := protowire.ConsumeTag(request)
			if n < 0 {
				return protowire.ParseError(n)
			}
			size := protowire.ConsumeFieldValue(number, kind, request[n:])
			if size < 0 {
				return protowire.ParseError(size)
			}
			if number == fieldMessages && kind == protowire.BytesType {
				message, _ := protowire.ConsumeBytes(request[n:])
				messages = append(messages, message)
			} else {
				head = append(head, request[:n+size]...)
			}
			request = request[n+size:]
		}
		return nil
	})
	return head, messages, found, err
}
