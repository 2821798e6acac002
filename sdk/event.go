package sdk

import (
	"encoding/json"
	"time"
)

// Event is one thing that happens while a model answers. The set is sealed.
// There is no event for the end: that is the [Result] of Generate.
//
//sumtype:decl
type Event interface{ isEvent() }

// Started is the first event once the vendor accepted the request. A later one
// means that the provider began anew, for example after a retry.
type Started struct {
	// Model is what really serves the request.
	Model string
	// ProviderRequestID is the vendor's id of the request.
	ProviderRequestID string
}

// TextDelta is a piece of the answer.
type TextDelta struct {
	MessageID string
	Text      string
}

// ThinkingDelta is a piece of the model's reasoning. Signature, Opaque and
// Origin come with the last piece of a thinking block and end it.
type ThinkingDelta struct {
	MessageID string
	Text      string
	Signature string
	Opaque    []byte
	Origin    string
}

// ToolCallStart announces a tool call.
type ToolCallStart struct {
	MessageID string
	ID        string
	// Name is the host's name of the tool.
	Name string
}

// ToolCallDelta is a piece of the call's arguments, JSON text.
type ToolCallDelta struct {
	MessageID string
	ID        string
	JSON      string
}

// ToolCallEnd completes a tool call; no call runs before it.
type ToolCallEnd struct {
	MessageID string
	ID        string
	// Input is the whole JSON object. When the model sent no valid JSON, Input
	// is nil and Malformed holds what it sent.
	Input     json.RawMessage
	Malformed string
}

// NativeToolPhase says which half of a native tool an event is.
type NativeToolPhase int

// The phases of a native tool.
const (
	NativeToolStarted NativeToolPhase = iota
	NativeToolFinished
)

// NativeToolEvent reports a tool that the vendor's program runs itself.
type NativeToolEvent struct {
	MessageID string
	Phase     NativeToolPhase
	// Tool has Output, IsError and Denied only when finished.
	Tool NativeTool
}

// PermissionRequest is a question of the vendor's program. It is emitted
// through [Stream.Ask].
type PermissionRequest struct {
	ID string
	// Tool and Input are what would run.
	Tool  string
	Input json.RawMessage
	// Description is the question in the vendor's words; may be empty.
	Description string
}

// PermissionAnswer answers a [PermissionRequest].
type PermissionAnswer struct {
	Allow bool
	// Message tells the model why not.
	Message string
}

// RetryEvent says that the provider waits and then sends the request again.
type RetryEvent struct {
	// Attempt is the number of the coming try; the first retry is 2.
	Attempt int
	// MaxAttempts is where it gives up; 0 is unknown.
	MaxAttempts int
	Delay       time.Duration
	// HTTPStatus is 0 when there was no answer.
	HTTPStatus int
	// Reason is one short line.
	Reason string
}

// Retract voids all text and thinking of one message: the vendor began it anew.
type Retract struct{ MessageID string }

// RateLimit is what the vendor says of the account's limits.
type RateLimit struct {
	// Window names the limit: "requests", "five_hour".
	Window string
	// Utilization is between 0 and 1; below 0 is unknown.
	Utilization float64
	// ResetsAt is zero when unknown.
	ResetsAt time.Time
	// Status is "allowed", "warning" or "rejected".
	Status string
}

// UsageEvent reports what was used so far, cumulative for this Generate call.
type UsageEvent struct{ Usage Usage }

// WarningEvent is something the user should know; the turn goes on.
type WarningEvent struct {
	// Code is stable: "model_substituted".
	Code    string
	Message string
}

// Keepalive says that the provider is alive while nothing else happens.
type Keepalive struct{}

func (Started) isEvent()           {}
func (TextDelta) isEvent()         {}
func (ThinkingDelta) isEvent()     {}
func (ToolCallStart) isEvent()     {}
func (ToolCallDelta) isEvent()     {}
func (ToolCallEnd) isEvent()       {}
func (NativeToolEvent) isEvent()   {}
func (PermissionRequest) isEvent() {}
func (RetryEvent) isEvent()        {}
func (Retract) isEvent()           {}
func (RateLimit) isEvent()         {}
func (UsageEvent) isEvent()        {}
func (WarningEvent) isEvent()      {}
func (Keepalive) isEvent()         {}

// StopReason says why the model stopped.
type StopReason string

// The stop reasons.
const (
	StopEndTurn         StopReason = "end_turn"
	StopToolUse         StopReason = "tool_use"
	StopMaxTokens       StopReason = "max_tokens"
	StopSequence        StopReason = "stop_sequence"
	StopRefusal         StopReason = "refusal"
	StopContextExceeded StopReason = "context_exceeded"
)

// Result is how a Generate call ended.
type Result struct {
	StopReason StopReason
	// StopDetail explains a refusal or names the stop sequence; may be empty.
	StopDetail string
	// Model is what served the request.
	Model string
	Usage Usage
	// ProviderState is kept with the session and comes back with the next
	// request; at most [MaxProviderState] bytes. nil keeps the former one.
	ProviderState []byte
}

// MaxProviderState is the limit of Result.ProviderState in bytes.
const MaxProviderState = 64 << 10

// Usage counts tokens.
type Usage struct {
	// InputTokens excludes what was read from or written to the cache.
	InputTokens      int64
	OutputTokens     int64
	CacheReadTokens  int64
	CacheWriteTokens int64
	// ThinkingTokens are part of OutputTokens, where the vendor tells.
	ThinkingTokens int64
	// CostUSD is the vendor's own figure; nil is unknown, never 0.
	CostUSD *float64
	// Turns counts the model calls that a vendor's program made; 0 is one.
	Turns int
}
