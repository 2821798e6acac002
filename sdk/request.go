package sdk

import "encoding/json"

// Request is one whole call of a model: nothing is asked for later.
type Request struct {
	// ID is unique per call, the same when the host resends after a crash.
	ID string
	// SessionID is stable over a conversation: a cache key for the vendor.
	SessionID string
	// Model is the user's choice; empty means the provider's own: its
	// variable, then its default.
	Model string
	// System is the system prompt, in order.
	System []SystemBlock
	// Messages is the conversation, oldest first, ending with a user message.
	Messages []Message
	// Tools are the host's tools, sorted by name and the same for the whole
	// session, so that vendors can cache them.
	Tools []ToolSpec
	// ToolChoice says whether the model may or must call a tool.
	ToolChoice ToolChoice
	// MaxOutputTokens limits the answer; 0 means the model's own limit.
	MaxOutputTokens int
	// Effort is the reasoning effort, one of the model's; empty is its default.
	Effort string
	// ThinkingTokens is the budget for thinking where the vendor wants one;
	// 0 is the provider's default, below 0 switches thinking off.
	ThinkingTokens int
	// Temperature is nil unless the user set one.
	Temperature *float64
	// StopSequences end the answer.
	StopSequences []string
	// Limits are the host's limits, for providers that run tools themselves.
	Limits Limits
	// ProviderState is what the provider returned with the last Result of
	// this session, byte for byte; nil at the first.
	ProviderState []byte
}

// SystemBlock is one part of the system prompt.
type SystemBlock struct {
	Text string
	// Stable says that this text and all before it stay the same over the
	// session: a good place for a cache breakpoint.
	Stable bool
}

// ToolSpec describes a tool to the model.
type ToolSpec struct {
	Name        string
	Description string
	// InputSchema is a JSON Schema of type object.
	InputSchema json.RawMessage
}

// ToolChoiceMode is how free the model is to call tools.
type ToolChoiceMode string

// The tool choice modes. The zero value means auto.
const (
	ToolChoiceAuto ToolChoiceMode = "auto"
	ToolChoiceAny  ToolChoiceMode = "any"
	ToolChoiceNone ToolChoiceMode = "none"
	ToolChoiceTool ToolChoiceMode = "tool"
)

// ToolChoice steers tool use. Name is set with [ToolChoiceTool] only.
type ToolChoice struct {
	Mode ToolChoiceMode
	Name string
	// DisableParallel asks for at most one call per answer.
	DisableParallel bool
}

// Limits are host flags that concern a vendor program which runs tools itself.
// A provider that cannot enforce an explicit one refuses the request with
// [KindConfiguration]; it never ignores it.
type Limits struct {
	// PermissionMode is "read-only", "edit", "auto" or "bypass"; empty when the user
	// chose none and the vendor program runs the tools.
	PermissionMode string
	// PermissionModeExplicit says that the user asked for it on this run, which beats
	// the provider's own variables. Otherwise it is from the configuration, and
	// gives way to them.
	PermissionModeExplicit bool
	// MaxTurns is 0 unless the user set it.
	MaxTurns int
	// WorkingDir is the folder to work in, absolute.
	WorkingDir string
	// AddedDirs are further folders that tools may write to, absolute.
	AddedDirs []string
}
