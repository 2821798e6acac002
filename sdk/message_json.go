package sdk

import (
	"encoding/json"
	"fmt"
)

// blockJSON is the JSON form of every block; Type says which fields count.
type blockJSON struct {
	Type       string            `json:"type"`
	ID         string            `json:"id,omitempty"`
	MessageID  string            `json:"message_id,omitempty"`
	Text       string            `json:"text,omitempty"`
	Signature  string            `json:"signature,omitempty"`
	Opaque     []byte            `json:"opaque,omitempty"`
	Origin     string            `json:"origin,omitempty"`
	MediaType  string            `json:"media_type,omitempty"`
	Data       []byte            `json:"data,omitempty"`
	Name       string            `json:"name,omitempty"`
	Input      json.RawMessage   `json:"input,omitempty"`
	Malformed  string            `json:"malformed,omitempty"`
	ToolCallID string            `json:"tool_call_id,omitempty"`
	Content    []json.RawMessage `json:"content,omitempty"`
	IsError    bool              `json:"is_error,omitempty"`
	Output     string            `json:"output,omitempty"`
	Denied     bool              `json:"denied,omitempty"`
	ParentID   string            `json:"parent_id,omitempty"`
}

type messageJSON struct {
	Role     Role              `json:"role"`
	ID       string            `json:"id,omitempty"`
	Provider string            `json:"provider,omitempty"`
	Model    string            `json:"model,omitempty"`
	Turn     int               `json:"turn,omitempty"`
	Content  []json.RawMessage `json:"content"`
}

// MarshalJSON encodes the message with a type tag in every block. It is the
// form that sessions are stored in.
func (m Message) MarshalJSON() ([]byte, error) {
	content, err := marshalBlocks(m.Blocks)
	if err != nil {
		return nil, err
	}
	return json.Marshal(messageJSON{
		Role: m.Role, ID: m.ID, Provider: m.Provider, Model: m.Model, Turn: m.Turn,
		Content: content,
	})
}

// UnmarshalJSON is the inverse of MarshalJSON. An unknown block type is an
// error: dropping one silently would change the conversation.
func (m *Message) UnmarshalJSON(data []byte) error {
	var wire messageJSON
	if err := json.Unmarshal(data, &wire); err != nil {
		return err
	}
	blocks, err := unmarshalBlocks(wire.Content)
	if err != nil {
		return err
	}
	*m = Message{
		Role: wire.Role, ID: wire.ID, Provider: wire.Provider, Model: wire.Model,
		Turn: wire.Turn, Blocks: blocks,
	}
	return nil
}

// MarshalBlock encodes one block with its type tag.
func MarshalBlock(block Block) ([]byte, error) {
	wire, err := blockToJSON(block)
	if err != nil {
		return nil, err
	}
	return json.Marshal(wire)
}

// UnmarshalBlock is the inverse of [MarshalBlock].
func UnmarshalBlock(data []byte) (Block, error) {
	var wire blockJSON
	if err := json.Unmarshal(data, &wire); err != nil {
		return nil, err
	}
	return blockFromJSON(wire)
}

func marshalBlocks(blocks []Block) ([]json.RawMessage, error) {
	out := make([]json.RawMessage, 0, len(blocks))
	for _, block := range blocks {
		data, err := MarshalBlock(block)
		if err != nil {
			return nil, err
		}
		out = append(out, data)
	}
	return out, nil
}

func unmarshalBlocks(content []json.RawMessage) ([]Block, error) {
	if len(content) == 0 {
		return nil, nil
	}
	blocks := make([]Block, 0, len(content))
	for _, data := range content {
		block, err := UnmarshalBlock(data)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block)
	}
	return blocks, nil
}

func blockToJSON(block Block) (blockJSON, error) {
	switch b := block.(type) {
	case Text:
		return blockJSON{Type: "text", Text: b.Text, MessageID: b.MessageID}, nil
	case Thinking:
		return blockJSON{
			Type: "thinking", Text: b.Text, Signature: b.Signature,
			Opaque: b.Opaque, Origin: b.Origin,
		}, nil
	case Image:
		return blockJSON{Type: "image", MediaType: b.MediaType, Data: b.Data}, nil
	case ToolCall:
		return blockJSON{
			Type: "tool_call", ID: b.ID, Name: b.Name, Input: b.Input, Malformed: b.Malformed,
		}, nil
	case ToolResult:
		content, err := marshalBlocks(b.Content)
		return blockJSON{
			Type: "tool_result", ToolCallID: b.ToolCallID, Content: content, IsError: b.IsError,
		}, err
	case NativeTool:
		return blockJSON{
			Type: "native_tool", ID: b.ID, Name: b.Name, Input: b.Input, Output: b.Output,
			IsError: b.IsError, Denied: b.Denied, ParentID: b.ParentID,
		}, nil
	}
	return blockJSON{}, fmt.Errorf("encode block: unknown type %T", block)
}

func blockFromJSON(wire blockJSON) (Block, error) {
	switch wire.Type {
	case "text":
		return Text{Text: wire.Text, MessageID: wire.MessageID}, nil
	case "thinking":
		return Thinking{
			Text: wire.Text, Signature: wire.Signature, Opaque: wire.Opaque, Origin: wire.Origin,
		}, nil
	case "image":
		return Image{MediaType: wire.MediaType, Data: wire.Data}, nil
	case "tool_call":
		return ToolCall{
			ID: wire.ID, Name: wire.Name, Input: wire.Input, Malformed: wire.Malformed,
		}, nil
	case "tool_result":
		content, err := unmarshalBlocks(wire.Content)
		return ToolResult{
			ToolCallID: wire.ToolCallID, Content: content, IsError: wire.IsError,
		}, err
	case "native_tool":
		return NativeTool{
			ID: wire.ID, Name: wire.Name, Input: wire.Input, Output: wire.Output,
			IsError: wire.IsError, Denied: wire.Denied, ParentID: wire.ParentID,
		}, nil
	}
	return nil, fmt.Errorf("decode block: unknown type %q", wire.Type)
}
