package sdk

import (
	"fmt"
	"slices"
	"strings"
)

// Accumulator folds the events of one Generate call into the assistant message
// that they make up, and refuses an order that the contract forbids. The zero
// value is ready. It is not safe for concurrent use.
type Accumulator struct {
	// Model is the last one named by a Started event.
	Model  string
	blocks []*openBlock
	calls  map[string]*openBlock
}

// openBlock collects one block. Text grows in a builder, so that a delta costs
// the same at the end of a long answer as at its start.
type openBlock struct {
	messageID string
	text      strings.Builder
	block     Block
	closed    bool
}

// Add folds one event. The error names the rule that the event breaks; the
// accumulator stays usable.
func (a *Accumulator) Add(event Event) error {
	switch e := event.(type) {
	case Started:
		a.Model = e.Model
	case TextDelta:
		a.addText(e)
	case ThinkingDelta:
		a.addThinking(e)
	case ToolCallStart:
		return a.startCall(e)
	case ToolCallDelta:
		return a.growCall(e)
	case ToolCallEnd:
		return a.endCall(e)
	case NativeToolEvent:
		a.addNative(e)
	case Retract:
		a.retract(e.MessageID)
	case PermissionRequest, RetryEvent, RateLimit, UsageEvent, WarningEvent, Keepalive:
	}
	return nil
}

func (a *Accumulator) last() *openBlock {
	if len(a.blocks) == 0 {
		return nil
	}
	return a.blocks[len(a.blocks)-1]
}

func (a *Accumulator) push(messageID string, block Block) *openBlock {
	open := &openBlock{messageID: messageID, block: block}
	a.blocks = append(a.blocks, open)
	return open
}

func (a *Accumulator) addText(e TextDelta) {
	open := a.last()
	if open == nil || open.messageID != e.MessageID || !isType[Text](open.block) {
		open = a.push(e.MessageID, Text{MessageID: e.MessageID})
	}
	open.text.WriteString(e.Text)
}

func (a *Accumulator) addThinking(e ThinkingDelta) {
	open := a.last()
	if open == nil || open.closed || open.messageID != e.MessageID || !isType[Thinking](open.block) {
		open = a.push(e.MessageID, Thinking{})
	}
	open.text.WriteString(e.Text)
	if e.Signature != "" || len(e.Opaque) > 0 {
		open.block = Thinking{
			Signature: e.Signature, Opaque: slices.Clone(e.Opaque), Origin: e.Origin,
		}
		open.closed = true
	}
}

func (a *Accumulator) startCall(e ToolCallStart) error {
	if e.ID == "" || e.Name == "" {
		return fmt.Errorf("tool call start: id %q and name %q must both be set", e.ID, e.Name)
	}
	if a.calls[e.ID] != nil {
		return fmt.Errorf("tool call %s: started twice", e.ID)
	}
	if a.calls == nil {
		a.calls = make(map[string]*openBlock)
	}
	a.calls[e.ID] = a.push(e.MessageID, ToolCall{ID: e.ID, Name: e.Name})
	return nil
}

func (a *Accumulator) growCall(e ToolCallDelta) error {
	open := a.calls[e.ID]
	if open == nil {
		return fmt.Errorf("tool call %s: arguments before its start", e.ID)
	}
	if open.closed {
		return fmt.Errorf("tool call %s: arguments after its end", e.ID)
	}
	return nil
}

func (a *Accumulator) endCall(e ToolCallEnd) error {
	open := a.calls[e.ID]
	if open == nil {
		return fmt.Errorf("tool call %s: ended before its start", e.ID)
	}
	if open.closed {
		return fmt.Errorf("tool call %s: ended twice", e.ID)
	}
	call, _ := open.block.(ToolCall)
	call.Input, call.Malformed = slices.Clone(e.Input), e.Malformed
	open.block, open.closed = call, true
	return nil
}

func (a *Accumulator) addNative(e NativeToolEvent) {
	for _, open := range slices.Backward(a.blocks) {
		if tool, ok := open.block.(NativeTool); ok && tool.ID == e.Tool.ID && tool.ID != "" {
			open.block = mergeNative(tool, e.Tool)
			return
		}
	}
	a.push(e.MessageID, e.Tool)
}

// mergeNative keeps what the start told and the end left out.
func mergeNative(started, finished NativeTool) NativeTool {
	if finished.Name == "" {
		finished.Name = started.Name
	}
	if finished.Input == nil {
		finished.Input = started.Input
	}
	if finished.ParentID == "" {
		finished.ParentID = started.ParentID
	}
	return finished
}

func (a *Accumulator) retract(messageID string) {
	a.blocks = slices.DeleteFunc(a.blocks, func(open *openBlock) bool {
		return open.messageID == messageID && (isType[Text](open.block) || isType[Thinking](open.block))
	})
}

// Blocks returns the blocks so far: empty text is left out, and so is a tool
// call that has not ended, for it must not run.
func (a *Accumulator) Blocks() []Block {
	blocks := make([]Block, 0, len(a.blocks))
	for _, open := range a.blocks {
		if block := open.finish(); block != nil {
			blocks = append(blocks, block)
		}
	}
	return blocks
}

func (o *openBlock) finish() Block {
	switch b := o.block.(type) {
	case Text:
		if o.text.Len() == 0 {
			return nil
		}
		b.Text = o.text.String()
		return b
	case Thinking:
		b.Text = o.text.String()
		if b.Text == "" && b.Signature == "" && len(b.Opaque) == 0 {
			return nil
		}
		return b
	case ToolCall:
		if !o.closed {
			return nil
		}
		return b
	case NativeTool, Image, ToolResult:
		return b
	}
	return nil
}

// Unfinished returns the ids of tool calls that were started and not ended.
func (a *Accumulator) Unfinished() []string {
	var ids []string
	for _, open := range a.blocks {
		if call, ok := open.block.(ToolCall); ok && !open.closed {
			ids = append(ids, call.ID)
		}
	}
	return ids
}

// TextString returns the text of all text blocks so far, joined as it came.
func (a *Accumulator) TextString() string {
	var text strings.Builder
	for _, open := range a.blocks {
		if isType[Text](open.block) {
			text.WriteString(open.text.String())
		}
	}
	return text.String()
}

func isType[T Block](block Block) bool {
	_, ok := block.(T)
	return ok
}
