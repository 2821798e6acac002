package plugin

import (
	"bytes"
	"fmt"
	"slices"
	"sync"

	"google.golang.org/protobuf/encoding/protowire"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// Every request holds the whole conversation, of which the last request held all but the
// end. Each side keeps what it made of the messages of one request, and makes only the
// rest anew for the next: a turn costs what is new in it, and a copy of the rest.

// The fields that hold the conversation.
const (
	fieldRequest  = 1 // of GenerateRequest
	fieldMessages = 5 // of ModelRequest
)

// sentHistory is what the host keeps: messages, and how they go over the wire. Its zero
// value holds none.
type sentHistory struct {
	messages []sdk.Message
	wire     []byte // the messages as fields of a ModelRequest
	ends     []int  // where each one ends in wire
}

// encode returns messages as fields of a ModelRequest; the bytes are valid until the next
// call. It fails only for a block that is no type of package sdk.
func (h *sentHistory) encode(messages []sdk.Message) ([]byte, error) {
	same := 0
	for same < min(len(messages), len(h.messages)) && sameMessage(&messages[same], &h.messages[same]) {
		same++
	}
	h.truncate(same)
	for i := same; i < len(messages); i++ {
		if err := h.add(&messages[i]); err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
	}
	return h.wire, nil
}

func (h *sentHistory) size() int { return len(h.wire) }

func (h *sentHistory) truncate(n int) {
	clear(h.messages[n:])
	h.messages, h.ends = h.messages[:n], h.ends[:n]
	end := 0
	if n > 0 {
		end = h.ends[n-1]
	}
	h.wire = h.wire[:end]
}

func (h *sentHistory) add(m *sdk.Message) error {
	message, err := messageToProto(m)
	if err != nil {
		return err
	}
	size := message.SizeVT()
	h.wire = protowire.AppendTag(h.wire, fieldMessages, protowire.BytesType)
	h.wire = protowire.AppendVarint(h.wire, uint64(size)) //nolint:gosec // a size is not negative
	start := len(h.wire)
	h.wire = slices.Grow(h.wire, size)[:start+size]
	if _, err := message.MarshalToSizedBufferVT(h.wire[start:]); err != nil {
		return err
	}
	if len(h.wire) <= maxKept {
		kept := *m
		kept.Blocks = cloneBlocks(m.Blocks)
		h.messages, h.ends = append(h.messages, kept), append(h.ends, len(h.wire))
	}
	return nil
}

// cloneBlocks copies all that their owner may change: a request is its caller's again
// once it is answered.
func cloneBlocks(blocks []sdk.Block) []sdk.Block {
	out := slices.Clone(blocks)
	for i, block := range out {
		switch b := block.(type) {
		case sdk.Thinking:
			b.Opaque = bytes.Clone(b.Opaque)
			out[i] = b
		case sdk.Image:
			b.Data = bytes.Clone(b.Data)
			out[i] = b
		case sdk.ToolCall:
			b.Input = bytes.Clone(b.Input)
			out[i] = b
		case sdk.ToolResult:
			b.Content = cloneBlocks(b.Content)
			out[i] = b
		case sdk.NativeTool:
			b.Input = bytes.Clone(b.Input)
			out[i] = b
		case sdk.Text: // nothing of it can change
		}
	}
	return out
}

// sameMessage reports whether two messages look the same on the wire. Text that is the
// same text in memory costs no look at it.
func sameMessage(a, b *sdk.Message) bool {
	return a.Role == b.Role && a.ID == b.ID && a.Provider == b.Provider && a.Model == b.Model && a.Turn == b.Turn &&
		slices.EqualFunc(a.Blocks, b.Blocks, sameBlock)
}

func sameBlock(a, b sdk.Block) bool {
	switch a := a.(type) {
	case sdk.Text:
		b, ok := b.(sdk.Text)
		return ok && a == b
	case sdk.Thinking:
		b, ok := b.(sdk.Thinking)
		return ok && a.Text == b.Text && a.Signature == b.Signature && a.Origin == b.Origin && bytes.Equal(a.Opaque, b.Opaque)
	case sdk.Image:
		b, ok := b.(sdk.Image)
		return ok && a.MediaType == b.MediaType && bytes.Equal(a.Data, b.Data)
	case sdk.ToolCall:
		b, ok := b.(sdk.ToolCall)
		return ok && a.ID == b.ID && a.Name == b.Name && a.Malformed == b.Malformed && bytes.Equal(a.Input, b.Input)
	case sdk.ToolResult:
		b, ok := b.(sdk.ToolResult)
		return ok && a.ToolCallID == b.ToolCallID && a.IsError == b.IsError && slices.EqualFunc(a.Content, b.Content, sameBlock)
	case sdk.NativeTool:
		b, ok := b.(sdk.NativeTool)
		return ok && a.ID == b.ID && a.Name == b.Name && a.Output == b.Output && a.IsError == b.IsError &&
			a.Denied == b.Denied && a.ParentID == b.ParentID && bytes.Equal(a.Input, b.Input)
	}
	return false
}

// receivedHistory is what the plugin keeps: messages as they came and what they say. Its
// zero value holds none.
type receivedHistory struct {
	wire     [][]byte
	messages []sdk.Message
}

func (h *receivedHistory) size() int {
	size := 0
	for _, message := range h.wire {
		size += len(message)
	}
	return size
}

// decode returns what the messages say; wire shares no memory with what is kept, which is
// the first of them. It fails for a block that this side does not know.
func (h *receivedHistory) decode(wire [][]byte) ([]sdk.Message, error) {
	same := 0
	for same < min(len(wire), len(h.wire)) && bytes.Equal(wire[same], h.wire[same]) {
		same++
	}
	clear(h.wire[same:])
	clear(h.messages[same:])
	h.wire, h.messages = h.wire[:same], h.messages[:same]
	all, size := slices.Grow(slices.Clone(h.messages), len(wire)-same), h.size()
	for i := same; i < len(wire); i++ {
		var message pb.Message
		if err := message.UnmarshalVT(wire[i]); err != nil {
			return nil, err
		}
		decoded, err := messageFromProto(&message)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", i+1, err)
		}
		all = append(all, decoded)
		if size += len(wire[i]); size <= maxKept {
			h.wire, h.messages = append(h.wire, bytes.Clone(wire[i])), append(h.messages, decoded)
		}
	}
	return nonNil(all), nil
}

// maxKept is how many bytes of a conversation are kept between calls. The rest of a longer
// one is made anew each time, by the host all of it: it is rare, and would double what the
// process needs.
const maxKept = 4 << 20

// kept holds a history between uses. Of two at the same time one has it, and the other
// begins with none; the last one to end leaves its own.
type kept[H any] struct {
	mu      sync.Mutex
	history *H
}

func (k *kept[H]) take() *H {
	k.mu.Lock()
	defer k.mu.Unlock()
	history := k.history
	k.history = nil
	if history == nil {
		history = new(H)
	}
	return history
}

// put gives a history of that many bytes back.
func (k *kept[H]) put(history *H, size int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if size > maxKept {
		history = nil
	}
	k.history = history
}
