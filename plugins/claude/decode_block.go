package claude

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/wirejson"
)

// blockKind is what a content block of a reply is for us.
type blockKind int

const (
	blockUnknown blockKind = iota
	blockText
	blockThinking
	blockRedacted
	blockToolUse
	blockServerTool   // a tool that the vendor runs
	blockServerResult // and its result
)

// block is one content block, found by its index.
type block struct {
	kind      blockKind
	closed    bool
	start     wireBlock
	id        string // of a tool call
	text      []byte // text, thinking, or a tool's arguments
	signature string
}

func kindOf(wireType string) blockKind {
	switch wireType {
	case "text":
		return blockText
	case "thinking":
		return blockThinking
	case "redacted_thinking":
		return blockRedacted
	case "tool_use":
		return blockToolUse
	case "server_tool_use", "mcp_tool_use":
		return blockServerTool
	}
	if len(wireType) > len("_tool_result") && wireType[len(wireType)-len("_tool_result"):] == "_tool_result" {
		return blockServerResult
	}
	return blockUnknown
}

func (d *decoder) startBlock(index int, start *wireBlock) error {
	if err := d.flush(); err != nil {
		return err
	}
	if start == nil {
		return nil
	}
	b := d.open(index, kindOf(start.Type))
	b.start = *start
	switch b.kind {
	case blockText:
		return d.grow(b, blockDelta{kind: deltaText, text: start.Text})
	case blockThinking:
		b.signature = start.Signature
		return d.grow(b, blockDelta{kind: deltaThinking, text: start.Thinking})
	case blockRedacted:
		return d.show(sdk.ThinkingDelta{
			MessageID: d.messageID, Opaque: []byte(start.Data), Origin: d.model.family,
		})
	case blockToolUse:
		b.id = d.callID(start.ID, index)
		return d.show(sdk.ToolCallStart{MessageID: d.messageID, ID: b.id, Name: d.names.Host(start.Name)})
	case blockServerResult:
		return d.show(sdk.NativeToolEvent{
			MessageID: d.messageID, Phase: sdk.NativeToolFinished,
			Tool: sdk.NativeTool{ID: start.ToolUseID, Output: string(start.Content), IsError: start.IsError},
		})
	case blockServerTool, blockUnknown:
	}
	return nil
}

func (d *decoder) open(index int, kind blockKind) *block {
	b := &block{kind: kind}
	if d.blocks == nil {
		d.blocks = make(map[int]*block, 4)
	}
	d.blocks[index] = b
	d.order = append(d.order, b)
	return b
}

// callID gives a call an id of its own where a gateway sent none, or the same
// one twice.
func (d *decoder) callID(id string, index int) string {
	if d.ids == nil {
		d.ids = make(map[string]bool, 4)
	}
	if id == "" || d.ids[id] {
		id = "call_" + d.messageID + "_" + strconv.Itoa(index)
	}
	for d.ids[id] {
		id += "_"
	}
	d.ids[id] = true
	return id
}

// delta grows the block that it names. Text without a block to go to is taken as
// one, since a gateway may leave out the start; anything else is ignored.
func (d *decoder) delta(delta blockDelta) error {
	b := d.blocks[delta.index]
	if b == nil && delta.kind == deltaText {
		b = d.open(delta.index, blockText)
	}
	if b == nil || b.closed {
		return nil
	}
	return d.grow(b, delta)
}

func (d *decoder) grow(b *block, delta blockDelta) error {
	if delta.kind == deltaSignature {
		b.signature += delta.text
		return nil
	}
	if delta.text == "" {
		return nil
	}
	switch {
	case b.kind == blockText && delta.kind == deltaText:
		b.text = append(b.text, delta.text...)
		return d.show(sdk.TextDelta{MessageID: d.messageID, Text: delta.text})
	case b.kind == blockThinking && delta.kind == deltaThinking:
		b.text = append(b.text, delta.text...)
		return d.show(sdk.ThinkingDelta{MessageID: d.messageID, Text: delta.text})
	case b.kind == blockToolUse && delta.kind == deltaJSON:
		b.text = append(b.text, delta.text...)
		return d.show(sdk.ToolCallDelta{MessageID: d.messageID, ID: b.id, JSON: delta.text})
	case b.kind == blockServerTool && delta.kind == deltaJSON:
		b.text = append(b.text, delta.text...)
	}
	return nil
}

func (d *decoder) stopBlock(index int) error {
	b := d.blocks[index]
	if b == nil || b.closed {
		return nil
	}
	b.closed = true
	switch b.kind {
	case blockThinking:
		if b.signature == "" {
			return nil
		}
		return d.show(sdk.ThinkingDelta{
			MessageID: d.messageID, Signature: b.signature, Origin: d.model.family,
		})
	case blockToolUse:
		// Whether it is whole shows only with what comes next.
		d.pending = b
		return nil
	case blockServerTool:
		input, _ := b.input()
		return d.show(sdk.NativeToolEvent{
			MessageID: d.messageID, Phase: sdk.NativeToolStarted,
			Tool: sdk.NativeTool{ID: b.start.ID, Name: b.start.Name, Input: input},
		})
	case blockText, blockRedacted, blockServerResult, blockUnknown:
	}
	return nil
}

// flush ends the call that was waiting.
func (d *decoder) flush() error {
	b := d.pending
	if b == nil {
		return nil
	}
	d.pending = nil
	return d.endCall(b)
}

func (d *decoder) endCall(b *block) error {
	d.calls++
	end := sdk.ToolCallEnd{MessageID: d.messageID, ID: b.id}
	if input, ok := b.input(); ok {
		end.Input = input
	} else {
		end.Malformed = string(b.text)
	}
	return d.show(end)
}

// input is the whole argument object. Nothing at all means no arguments; a
// gateway may send them whole with the start.
func (b *block) input() (json.RawMessage, bool) {
	raw := bytes.TrimSpace(b.text)
	if len(raw) == 0 {
		raw = bytes.TrimSpace(b.start.Input)
	}
	if len(raw) == 0 || string(raw) == "null" {
		return json.RawMessage(emptyObject), true
	}
	return wirejson.Object(raw)
}
