package messages

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/strict"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// How a stream can end, as Record.Outcome tells it.
const (
	Complete   = stream.Complete   // message_stop was sent
	Errored    = stream.Errored    // an error event, or an HTTP error
	EndedEarly = stream.EndedEarly // the connection was closed in order, before message_stop
	Aborted    = stream.Aborted    // the connection was broken
	ClientGone = stream.ClientGone // the client went away first
	Pending    = stream.Pending    // not ended yet
)

// prepared is a reply ready to be sent either way.
type prepared struct {
	ops     []stream.Op
	message json.RawMessage // the reply as one message
	flush   int
	fault   *Block // the error block that ends it, if any
	content []json.RawMessage
}

// composer turns a Reply into a stream.
type composer struct {
	number uint64 // of the message, unique in the server
	model  string
	input  int // tokens of the request
	flush  int
	signer strict.Signer
	values script.Values

	out     prepared
	parts   []part
	index   int
	written int // bytes of content
	thought bool
}

// part is a content block, or something between blocks, which has only deltas.
type part struct{ start, deltas, stop []stream.Op }

// event is one event; pairs are the fields after its type, in order.
func event(name string, pairs ...any) stream.Op {
	return stream.Write(wire.Frame(name, wire.Object(append([]any{"type", name}, pairs...)...)))
}

func (c *composer) compose(r *Reply) (*prepared, error) {
	c.out.flush = c.flush
	if r.Flush != "" {
		c.out.flush, _ = stream.ParseFlush(r.Flush) // checked when it was loaded
	}
	for i := range r.Blocks {
		if err := c.block(&r.Blocks[i]); err != nil {
			return nil, fmt.Errorf("blocks[%d]: %w", i, err)
		}
	}
	message := c.envelope(r)
	c.out.message = wire.Encode(message)
	c.out.ops = append(c.out.ops, event("message_start", "message", message.opening()))
	c.out.ops = append(c.out.ops, arrange(c.parts, r.Interleave)...)
	c.out.ops = append(c.out.ops, message.closing()...)
	return &c.out, nil
}

func arrange(parts []part, interleave bool) []stream.Op {
	var all []stream.Op
	if !interleave {
		for _, p := range parts {
			all = append(append(append(all, p.start...), p.deltas...), p.stop...)
		}
		return all
	}
	longest := 0
	for _, p := range parts {
		all = append(all, p.start...)
		longest = max(longest, len(p.deltas))
	}
	for i := range longest {
		for _, p := range parts {
			if i < len(p.deltas) {
				all = append(all, p.deltas[i])
			}
		}
	}
	for _, p := range parts {
		all = append(all, p.stop...)
	}
	return all
}
