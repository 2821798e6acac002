package messages

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/stream"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// block adds one piece of the reply.
func (c *composer) block(b *Block) error {
	text, err := c.values.Expand(b.Text)
	if err != nil {
		return err
	}
	switch b.Type {
	case Text:
		return c.text(b, text)
	case Thinking:
		return c.thinking(b, text)
	case RedactedThinking:
		c.thought = true
		block := wire.Object("type", RedactedThinking, "data", c.signer.Redacted(text))
		return c.content(b, block, nil, block)
	case ToolUse:
		return c.toolUse(b)
	case RawBlock:
		return c.content(b, b.Start, nil, b.Start)
	default:
		c.parts = append(c.parts, part{deltas: []stream.Op{c.between(b, text)}})
		return nil
	}
}

// content adds a content block: how it starts, its own deltas, and how it looks
// in a message that is not streamed.
func (c *composer) content(b *Block, start json.RawMessage, deltas []stream.Op, whole json.RawMessage) error {
	for _, raw := range b.Deltas {
		if !json.Valid(raw) {
			return fmt.Errorf("delta %s is not JSON", raw)
		}
		deltas = append(deltas, event("content_block_delta", "index", c.index, "delta", raw))
	}
	for i := range deltas {
		deltas[i].Wait = time.Duration(b.DelayMS) * time.Millisecond
	}
	p := part{
		start:  []stream.Op{event("content_block_start", "index", c.index, "content_block", start)},
		deltas: deltas,
	}
	if !b.Open {
		p.stop = []stream.Op{event("content_block_stop", "index", c.index)}
	}
	c.parts = append(c.parts, p)
	c.out.content = append(c.out.content, whole)
	c.written += len(whole)
	c.index++
	return nil
}

// deltas cuts text, or repeats it, as b wants.
func (c *composer) deltas(b *Block, kind, field, text string) ([]stream.Op, string) {
	if b.Repeat > 0 {
		return []stream.Op{{Data: deltaFrame(c.index, kind, field, text), Count: b.Repeat}}, strings.Repeat(text, b.Repeat)
	}
	var all []stream.Op
	for _, piece := range wire.Chunks(text, b.Chunk) {
		all = append(all, stream.Write(deltaFrame(c.index, kind, field, piece)))
	}
	return all, text
}

func (c *composer) text(b *Block, text string) error {
	deltas, whole := c.deltas(b, "text_delta", "text", text)
	return c.content(b, wire.Object("type", Text, "text", ""), deltas, wire.Object("type", Text, "text", whole))
}

func (c *composer) thinking(b *Block, text string) error {
	c.thought = true
	deltas, whole := c.deltas(b, "thinking_delta", "thinking", text)
	signature := c.signer.Thinking(whole)
	if b.Signature != nil {
		signature = *b.Signature
	}
	if signature != "" {
		deltas = append(deltas, stream.Write(deltaFrame(c.index, "signature_delta", "signature", signature)))
	}
	return c.content(b,
		wire.Object("type", Thinking, "thinking", "", "signature", ""), deltas,
		wire.Object("type", Thinking, "thinking", whole, "signature", signature))
}

func (c *composer) toolUse(b *Block) error {
	input := "{}"
	if len(b.Input) > 0 {
		input = string(b.Input)
	}
	input, err := c.values.ExpandJSON(input)
	if err != nil {
		return err
	}
	if b.ASCII {
		input = wire.ASCII(input)
	}
	id := b.ID
	if id == "" {
		id = c.signer.ToolID(c.number, c.index, c.thought)
	}
	whole := wire.Object("type", ToolUse, "id", id, "name", b.Name, "input", json.RawMessage(input))
	start := wire.Object("type", ToolUse, "id", id, "name", b.Name, "input", struct{}{})
	return c.content(b, start, c.inputDeltas(b, input), whole)
}

// inputDeltas begins with an empty fragment, as the vendor does, and sends
// nothing more for an input without fields.
func (c *composer) inputDeltas(b *Block, input string) []stream.Op {
	pieces := b.Fragments
	if pieces == nil {
		pieces = []string{""}
		if input != "{}" {
			pieces = append(pieces, wire.Chunks(input, b.Chunk)...)
		}
	}
	all := make([]stream.Op, 0, len(pieces))
	for _, piece := range pieces {
		all = append(all, stream.Write(deltaFrame(c.index, "input_json_delta", "partial_json", piece)))
	}
	return all
}

// between makes what is not content.
func (c *composer) between(b *Block, text string) stream.Op {
	switch b.Type {
	case Ping:
		return event("ping")
	case Event:
		return stream.Write(wire.Frame(b.Event, b.Data))
	case RawBytes:
		return stream.Write(append([]byte(text), b.Bytes...))
	case Pause:
		return stream.Op{Wait: time.Duration(b.MS) * time.Millisecond}
	case Hang:
		return stream.Op{End: stream.Hanging}
	case Error:
		c.out.fault = b
		end := stream.Write(wire.Frame("error", errorBody(b.errorType(), b.Message, nil, "")))
		end.End = Errored
		return end
	default:
		end := EndedEarly
		if b.Abort {
			end = Aborted
		}
		return stream.Op{End: end}
	}
}

func (b *Block) errorType() string {
	if b.ErrorType == "" {
		return "overloaded_error"
	}
	return b.ErrorType
}
