package claude

import (
	"github.com/jcode-go/jcode/sdk"
)

func (d *cliDecoder) startBlock(index int, start *wireBlock) error {
	r := d.current
	if r == nil || start == nil {
		return nil
	}
	b := &block{kind: kindOf(start.Type), start: *start, signature: start.Signature}
	if r.blocks == nil {
		r.blocks = make(map[int]*block, 4)
	}
	r.blocks[index] = b
	switch b.kind {
	case blockText:
		return d.grow(r, b, blockDelta{kind: deltaText, text: start.Text})
	case blockThinking:
		return d.grow(r, b, blockDelta{kind: deltaThinking, text: start.Thinking})
	case blockToolUse:
		d.noteTool(start.ID, start.Name, "")
	case blockRedacted, blockServerTool, blockServerResult, blockUnknown:
	}
	return nil
}

func (d *cliDecoder) delta(delta blockDelta) error {
	r := d.current
	if r == nil {
		return nil
	}
	b := r.blocks[delta.index]
	if b == nil || b.closed {
		return nil
	}
	return d.grow(r, b, delta)
}

func (d *cliDecoder) grow(r *cliReply, b *block, delta blockDelta) error {
	switch {
	case delta.kind == deltaSignature:
		b.signature += delta.text
	case delta.text == "":
	case b.kind == blockText && delta.kind == deltaText:
		r.text = true
		return d.show(sdk.TextDelta{MessageID: r.id, Text: delta.text})
	case b.kind == blockThinking && delta.kind == deltaThinking:
		r.thinking = true
		return d.show(sdk.ThinkingDelta{MessageID: r.id, Text: delta.text})
	case b.kind == blockToolUse && delta.kind == deltaJSON:
		b.text = append(b.text, delta.text...)
	}
	return nil
}

func (d *cliDecoder) stopBlock(index int) error {
	r := d.current
	if r == nil {
		return nil
	}
	b := r.blocks[index]
	if b == nil || b.closed {
		return nil
	}
	b.closed = true
	switch {
	case b.kind == blockThinking && b.signature != "":
		return d.show(sdk.ThinkingDelta{MessageID: r.id, Signature: b.signature, Origin: d.model.family})
	case b.kind == blockToolUse:
		input, _ := b.input()
		return d.startTool(r.id, sdk.NativeTool{ID: b.start.ID, Name: b.start.Name, Input: input})
	}
	return nil
}

// synthetic is the model that the program names where it speaks itself.
const synthetic = "<synthetic>"

// assistant takes a message as a whole, as a rule with the one block that is new.
// What was streamed of it is not shown again.
func (d *cliDecoder) assistant(line *cliLine) error {
	m := line.Message
	if m == nil {
		return nil
	}
	if line.ParentID != "" { // its failure is its own, too
		return d.subagent(line)
	}
	if line.RequestID != "" {
		d.requestID = line.RequestID
	}
	if line.Error != "" {
		d.failure, d.excuse = line.Error, textOf(m.Content)
		return nil
	}
	if m.Model == synthetic {
		return nil // the last line repeats it
	}
	if err := d.begin(m.Model); err != nil {
		return err
	}
	r := d.reply(m.ID)
	if d.current != r { // this one is not streamed
		if err := d.supersede(); err != nil {
			return err
		}
	}
	for i := range m.Content {
		if err := d.wholeBlock(r, &m.Content[i]); err != nil {
			return err
		}
	}
	if r.usage.OutputTokens.set {
		return nil // the stream told better
	}
	return d.count(r, m.Usage)
}

func (d *cliDecoder) wholeBlock(r *cliReply, b *wireBlock) error {
	if b.Type == "tool_use" {
		return d.startTool(r.id, sdk.NativeTool{ID: b.ID, Name: b.Name, Input: wholeInput(b)})
	}
	if r.whole[string(b.raw)] {
		return nil
	}
	switch {
	case b.Type == "text" && !r.text && b.Text != "":
		r.remember(b)
		return d.show(sdk.TextDelta{MessageID: r.id, Text: b.Text})
	case b.Type == "thinking" && !r.thinking && b.Thinking+b.Signature != "":
		r.remember(b)
		return d.show(sdk.ThinkingDelta{MessageID: r.id, Text: b.Thinking, Signature: b.Signature, Origin: d.model.family})
	}
	return nil
}

func (r *cliReply) remember(b *wireBlock) {
	if r.whole == nil {
		r.whole = make(map[string]bool, 2)
	}
	r.whole[string(b.raw)] = true
}

func textOf(blocks cliBlocks) string {
	text := ""
	for _, b := range blocks {
		if b.Type == "text" {
			text += b.Text
		}
	}
	return text
}

// count notes what a message used and tells the sum when it changed.
func (d *cliDecoder) count(r *cliReply, usage *wireUsage) error {
	if usage == nil {
		return nil
	}
	r.usage.override(usage)
	var sum sdk.Usage
	for _, reply := range d.replies {
		sum.InputTokens += reply.usage.InputTokens.value
		sum.OutputTokens += reply.usage.OutputTokens.value
		sum.CacheReadTokens += reply.usage.CacheReadTokens.value
		sum.CacheWriteTokens += reply.usage.CacheWriteTokens.value
	}
	if sum == d.told {
		return nil
	}
	d.told = sum
	return d.emit(sdk.UsageEvent{Usage: sum})
}
