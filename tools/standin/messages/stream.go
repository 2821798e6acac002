package messages

import (
	"encoding/json"
	"fmt"
	"strings"
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
	tools   []toolCall
}

type toolCall struct{ id, name string }

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

func event(name string, payload map[string]any) op {
	payload["type"] = name
	return write(frame(name, encode(payload)))
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
	c.out.ops = append(c.out.ops, event("message_start", map[string]any{"message": c.opening(message)}))
	c.out.ops = append(c.out.ops, arrange(c.parts, r.Interleave)...)
	c.out.ops = append(c.out.ops, c.closing(message)...)
	message["content"] = c.out.content
	c.out.message = encode(message)
	return &c.out, nil
}

func (c *composer) envelope(r *Reply) map[string]any {
	model := r.Model
	if model == "" {
		model = c.model
	}
	usage := r.Usage
	if usage == nil {
		usage = &Usage{Input: c.input, Output: 1 + c.written/4}
	}
	m := map[string]any{
		"id": fmt.Sprintf("msg_01%016x", c.number), "type": "message", "role": "assistant", "model": model,
		"content": c.out.content, "stop_reason": r.stopReason(), "stop_sequence": nil, "stop_details": nil,
		"usage": usage.wire(usage.Output),
	}
	if r.StopSequence != "" {
		m["stop_sequence"] = r.StopSequence
	}
	if len(r.StopDetails) > 0 {
		m["stop_details"] = r.StopDetails
	}
	return m
}

// wire is the full usage object, as message_start has it.
func (u *Usage) wire(output int) map[string]any {
	return map[string]any{
		"input_tokens": u.Input, "output_tokens": output,
		"cache_creation_input_tokens": u.CacheCreation, "cache_read_input_tokens": u.CacheRead,
		"cache_creation": map[string]int{"ephemeral_5m_input_tokens": u.CacheCreation, "ephemeral_1h_input_tokens": 0},
		"service_tier":   "standard",
	}
}

// opening is the message as message_start has it: nothing said yet.
func (c *composer) opening(message map[string]any) map[string]any {
	m := map[string]any{}
	for k, v := range message {
		m[k] = v
	}
	usage := map[string]any{}
	for k, v := range message["usage"].(map[string]any) { //nolint:forcetypeassert // made by envelope
		usage[k] = v
	}
	usage["output_tokens"] = 1
	m["content"], m["stop_reason"], m["stop_sequence"], m["stop_details"] = []any{}, nil, nil, nil
	m["usage"] = usage
	return m
}

func (c *composer) closing(message map[string]any) []op {
	usage := map[string]any{}
	for k, v := range message["usage"].(map[string]any) { //nolint:forcetypeassert // made by envelope
		if strings.HasSuffix(k, "_tokens") {
			usage[k] = v
		}
	}
	delta := map[string]any{
		"stop_reason": message["stop_reason"], "stop_sequence": message["stop_sequence"],
		"stop_details": message["stop_details"],
	}
	end := event("message_stop", map[string]any{})
	end.end = Complete
	return []op{event("message_delta", map[string]any{"delta": delta, "usage": usage}), end}
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
