package sdk

import "encoding/json"

// Role says who speaks.
type Role string

// The roles. System text is not a message: it is Request.System.
const (
	RoleUser      Role = "user"
	RoleAssistant Role = "assistant"
)

// Message is one entry of the conversation. Tool results are blocks of a user
// message.
type Message struct {
	Role   Role
	Blocks []Block
	// ID is the vendor's id of an assistant message; may be empty.
	ID string
	// Provider and Model say who produced an assistant message, so that a
	// plugin can drop what only its author understands.
	Provider, Model string
	// Turn groups the messages that one Generate call produced; 0 is unknown.
	Turn int
}

// Block is one piece of a message. The set is sealed: [Text], [Thinking],
// [Image], [ToolCall], [ToolResult], [NativeTool].
//
//sumtype:decl
type Block interface{ isBlock() }

// Text is plain text in Markdown.
type Text struct {
	Text string
	// MessageID is the vendor's id of the message that it belongs to, where a
	// vendor sends several messages within one answer.
	MessageID string
}

// Thinking is reasoning that the model showed, or an opaque form of it. It is
// replayed untouched to the provider and model that made it, and dropped for
// any other.
type Thinking struct {
	Text string
	// Signature proves to the vendor that Text is its own.
	Signature string
	// Opaque is a payload that only the vendor reads: redacted thinking,
	// encrypted reasoning. When it is set, Text may be empty.
	Opaque []byte
	// Origin tells the plugin where the payload is valid, for example a hash
	// of the account; the host only keeps it.
	Origin string
}

// Image is a picture.
type Image struct {
	// MediaType is "image/png", "image/jpeg", "image/gif" or "image/webp".
	MediaType string
	// Data is the file itself, not base64.
	Data []byte
}

// ToolCall is the model's wish to run a tool. Name is always the host's own
// name of the tool; renaming on the wire is the plugin's affair.
type ToolCall struct {
	// ID pairs the call with its result; unique within the conversation.
	ID   string
	Name string
	// Input is the arguments as a JSON object. When the model sent no valid
	// JSON, Input is nil and Malformed holds what it sent.
	Input     json.RawMessage
	Malformed string
}

// ToolResult answers one tool call.
type ToolResult struct {
	ToolCallID string
	// Content is text and images only.
	Content []Block
	IsError bool
}

// NativeTool is a tool that the vendor's program ran itself, kept for the
// transcript.
type NativeTool struct {
	ID     string
	Name   string
	Input  json.RawMessage
	Output string
	// IsError says that the tool failed; Denied that it was not allowed.
	IsError, Denied bool
	// ParentID is the tool call of the subagent that ran it; may be empty.
	ParentID string
}

func (Text) isBlock()       {}
func (Thinking) isBlock()   {}
func (Image) isBlock()      {}
func (ToolCall) isBlock()   {}
func (ToolResult) isBlock() {}
func (NativeTool) isBlock() {}
