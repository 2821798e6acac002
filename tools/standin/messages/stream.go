package messages

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/strict"
)

// op is one thing to do on the wire: wait, then write data count times.
type op struct {
	wait  time.Duration
	data  []byte
	count int
	end   string // how the stream ends here, "" when it goes on
}

// How a stream can end, as Record.Outcome tells it.
const (
	Complete   = "complete"    // message_stop was sent
	Errored    = "error"       // an error event, or an HTTP error
	EndedEarly = "ended_early" // the connection was closed in order, before message_stop
	Aborted    = "aborted"     // the connection was broken
	ClientGone = "client_gone" // the client went away first
	Pending    = "pending"     // not ended yet
	hanging    = "hang"
)

// stream is a reply ready to be sent either way.
type stream struct {
	ops     []op
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
	values valuesOf

	out     stream
	parts   []part
	index   int
	written int // bytes of content
	thought bool
}

// part is a content block, or something between blocks, which has only deltas.
type part struct{ start, deltas, stop []op }

func write(data []byte) op { return op{data: data, count: 1} }

// event is one event; pairs are the fields after its type, in order.
func event(name string, pairs ...any) op {
	return write(frame(name, object(append([]any{"type", name}, pairs...)...)))
}

func (c *composer) compose(r *Reply) (*stream, error) {
	c.out.flush = c.flush
	if r.Flush != "" {
		c.out.flush, _ = parseFlush(r.Flush) // checked when it was loaded
	}
	for i := range r.Blocks {
		if err := c.block(&r.Blocks[i]); err != nil {
			return nil, fmt.Errorf("blocks[%d]: %w", i, err)
		}
	}
	message := c.envelope(r)
	c.out.message = encode(message)
	c.out.ops = append(c.out.ops, event("message_start", "message", message.opening()))
	c.out.ops = append(c.out.ops, arrange(c.parts, r.Interleave)...)
	c.out.ops = append(c.out.ops, message.closing()...)
	return &c.out, nil
}

func arrange(parts []part, interleave bool) []op {
	var all []op
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
