package responses

import (
	"encoding/json"
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// reasoning adds a reasoning item: its summary in parts, what an open model would
// show of its thoughts, and the sealed whole if the request asked for it.
func (c *composer) reasoning(i *Item) error {
	c.thought = false
	id := c.id(i, "rs_")
	var p part
	summary := []json.RawMessage{}
	for n, text := range i.Summary {
		text, err := c.values.Expand(text)
		if err != nil {
			return err
		}
		p.deltas = append(p.deltas, c.summaryPart(i, id, n, text)...)
		summary = append(summary, wire.Object("type", "summary_text", "text", text))
		c.reasoned += len(text)
	}
	if i.Thought != "" {
		at := []any{"item_id", id, "output_index", c.index, "content_index", 0}
		piece := func(text string) json.RawMessage { return wire.Object("type", "reasoning_text", "text", text) }
		deltas, _ := c.deltas(i, "response.reasoning_text.delta", id, []any{"content_index", 0}, i.Thought)
		p.deltas = append(p.deltas, c.event("response.content_part.added", append(append([]any{}, at...), "part", piece(""))...))
		p.deltas = append(p.deltas, deltas...)
		p.stop = append(p.stop,
			c.event("response.reasoning_text.done", append(append([]any{}, at...), "text", i.Thought)...),
			c.event("response.content_part.done", append(append([]any{}, at...), "part", piece(i.Thought))...))
	}
	c.add(i, c.reasoningItem(i, id, nil), p, c.reasoningItem(i, id, summary))
	c.thought = true
	return nil
}

func (c *composer) summaryPart(i *Item, id string, n int, text string) []event {
	at := []any{"item_id", id, "output_index", c.index, "summary_index", n}
	piece := func(text string) json.RawMessage { return wire.Object("type", "summary_text", "text", text) }
	all := []event{c.event("response.reasoning_summary_part.added", append(append([]any{}, at...), "part", piece(""))...)}
	deltas, whole := c.deltas(i, "response.reasoning_summary_text.delta", id, []any{"summary_index", n}, text)
	all = append(all, deltas...)
	return append(all,
		c.event("response.reasoning_summary_text.done", append(append([]any{}, at...), "text", whole)...),
		c.event("response.reasoning_summary_part.done", append(append([]any{}, at...), "part", piece(whole))...),
	)
}

// reasoningItem is the item as it stands; it has no summary yet when it begins.
func (c *composer) reasoningItem(i *Item, id string, summary []json.RawMessage) json.RawMessage {
	done := summary != nil
	if summary == nil {
		summary = []json.RawMessage{}
	}
	pairs := []any{"id", id, "type", Reasoning, "summary", summary}
	if i.Thought != "" && done {
		pairs = append(pairs, "content", []json.RawMessage{wire.Object("type", "reasoning_text", "text", i.Thought)})
	}
	switch {
	case i.Encrypted != nil:
		pairs = append(pairs, "encrypted_content", *i.Encrypted)
	case c.encrypted && done:
		pairs = append(pairs, "encrypted_content", c.sealer.Seal(c.account, c.model, c.nonce(), i.Size))
	case c.encrypted: // the vendor sends a first piece that is of no use
		pairs = append(pairs, "encrypted_content", "gAAAAA"+strings.Repeat("A", 16))
	}
	return wire.Object(pairs...)
}

func (c *composer) nonce() string {
	return strconv.FormatUint(c.number, 16) + "." + strconv.Itoa(c.index)
}
