package responses

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// item adds one piece of the reply.
func (c *composer) item(i *Item) error {
	text, err := c.values.Expand(i.Text)
	if err != nil {
		return err
	}
	switch i.Type {
	case Text:
		return c.message(i, text, "output_text", "text")
	case Refusal:
		return c.message(i, text, "refusal", "refusal")
	case Reasoning:
		return c.reasoning(i)
	case FunctionCall:
		return c.functionCall(i)
	case CustomCall:
		return c.customCall(i, text)
	case RawItem:
		return c.rawItem(i)
	default:
		c.parts = append(c.parts, part{deltas: []event{c.between(i, text)}})
		return nil
	}
}

// add keeps an output item: how it begins, its own events, and how it looks whole.
func (c *composer) add(i *Item, start json.RawMessage, p part, whole json.RawMessage) {
	p.start = append([]event{c.event("response.output_item.added", "output_index", c.index, "item", start)}, p.start...)
	p.deltas = delayed(p.deltas, i.DelayMS)
	if i.Silent {
		p.start, p.deltas, p.stop = p.start[:1], nil, nil
	}
	if i.Open {
		p.stop = nil
	} else {
		p.stop = append(p.stop, c.event("response.output_item.done", "output_index", c.index, "item", whole))
	}
	c.parts = append(c.parts, p)
	c.output = append(c.output, whole)
	c.written += len(whole)
	c.index++
}

func (c *composer) id(i *Item, prefix string) string {
	if i.ID != "" {
		return i.ID
	}
	return c.sealer.ID(prefix, c.number, c.index, c.thought)
}

// deltas cuts text, or repeats it, as the item wants.
func (c *composer) deltas(i *Item, name, id string, middle []any, text string) ([]event, string) {
	pieces := wire.Chunks(text, i.Chunk)
	if i.Repeat > 0 {
		pieces = make([]string, i.Repeat)
		for n := range pieces {
			pieces[n] = text
		}
		text = strings.Repeat(text, i.Repeat)
	}
	all := make([]event, 0, len(pieces))
	for n, piece := range pieces {
		pairs := append([]any{"item_id", id, "output_index", c.index}, middle...)
		pairs = append(pairs, "delta", piece)
		if strings.HasPrefix(name, "response.output_text") {
			pairs = append(pairs, "logprobs", []int{})
		}
		all = append(all, c.event(name, c.padded(pairs, n)...))
	}
	return all, text
}

// padded adds the padding that hides the length of a delta.
func (c *composer) padded(pairs []any, n int) []any {
	if c.plain {
		return pairs
	}
	return append(pairs, "obfuscation", "Zk3nQ8xTb1LwYc0d"[:n*7%16])
}

// message adds an assistant message of one part, a text or a refusal.
func (c *composer) message(i *Item, text, kind, field string) error {
	id := c.id(i, "msg_")
	at := []any{"item_id", id, "output_index", c.index, "content_index", 0}
	deltas, whole := c.deltas(i, "response."+kind+".delta", id, []any{"content_index", 0}, text)
	content := func(text string) json.RawMessage {
		if kind == "refusal" {
			return wire.Object("type", kind, field, text)
		}
		return wire.Object("type", kind, "annotations", []int{}, "logprobs", []int{}, field, text)
	}
	item := func(status string, parts ...json.RawMessage) json.RawMessage {
		pairs := []any{"id", id, "type", "message", "status", status, "content", append([]json.RawMessage{}, parts...)}
		if i.Phase != "" {
			pairs = append(pairs, "phase", i.Phase)
		}
		return wire.Object(append(pairs, "role", "assistant")...)
	}
	done := append(append([]any{}, at...), field, whole)
	if kind == "output_text" {
		done = append(done, "logprobs", []int{})
	}
	c.add(i, item("in_progress"), part{
		start:  []event{c.event("response.content_part.added", append(append([]any{}, at...), "part", content(""))...)},
		deltas: deltas,
		stop: []event{
			c.event("response."+kind+".done", done...),
			c.event("response.content_part.done", append(append([]any{}, at...), "part", content(whole))...),
		},
	}, item("completed", content(whole)))
	c.thought = false
	return nil
}

func (c *composer) functionCall(i *Item) error {
	arguments := "{}"
	if len(i.Arguments) > 0 {
		arguments = string(i.Arguments)
	}
	arguments, err := c.values.ExpandJSON(arguments)
	if err != nil {
		return err
	}
	if i.ASCII {
		arguments = wire.ASCII(arguments)
	}
	if i.Fragments != nil {
		arguments = strings.Join(i.Fragments, "")
	}
	id := c.id(i, "fc_")
	item := func(status, arguments string) json.RawMessage {
		return wire.Object("id", id, "type", FunctionCall, "status", status, "arguments", arguments, "call_id", c.callID(i), "name", i.Name)
	}
	c.add(i, item("in_progress", ""), part{
		deltas: c.argumentDeltas(i, id, arguments),
		stop: []event{c.event("response.function_call_arguments.done",
			"item_id", id, "name", i.Name, "output_index", c.index, "arguments", arguments)},
	}, item("completed", arguments))
	c.thought = false
	return nil
}

func (c *composer) argumentDeltas(i *Item, id, arguments string) []event {
	pieces := i.Fragments
	if pieces == nil {
		pieces = wire.Chunks(arguments, i.Chunk)
	}
	all := make([]event, 0, len(pieces))
	for n, piece := range pieces {
		all = append(all, c.event("response.function_call_arguments.delta",
			c.padded([]any{"item_id", id, "output_index", c.index, "delta", piece}, n)...))
	}
	return all
}

// callID names the response that a call came with, so that parallel calls are known
// for such when they come back.
func (c *composer) callID(i *Item) string {
	if i.CallID != "" {
		return i.CallID
	}
	return c.sealer.ID("call_", c.number, c.index, c.thought)
}

func (c *composer) customCall(i *Item, text string) error {
	id := c.id(i, "ctc_")
	deltas, whole := c.deltas(i, "response.custom_tool_call_input.delta", id, nil, text)
	item := func(status, input string) json.RawMessage {
		return wire.Object("id", id, "type", CustomCall, "status", status, "call_id", c.callID(i), "input", input, "name", i.Name)
	}
	c.add(i, item("in_progress", ""), part{
		deltas: deltas,
		stop:   []event{c.event("response.custom_tool_call_input.done", "item_id", id, "output_index", c.index, "input", whole)},
	}, item("completed", whole))
	c.thought = false
	return nil
}

// rawItem adds an item of a type that nobody knows yet.
func (c *composer) rawItem(i *Item) error {
	p := part{}
	for n, raw := range i.Events {
		e, err := c.custom("", raw)
		if err != nil {
			return fmt.Errorf("events[%d]: %w", n, err)
		}
		p.deltas = append(p.deltas, e)
	}
	c.add(i, i.Data, p, i.Data)
	return nil
}
