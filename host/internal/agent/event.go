package agent

import (
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Event is one thing that happens during a run, for whoever shows it. The set
// is sealed. ParentID is the id of the task call whose subagent it belongs to;
// it is empty for the run itself.
//
//sumtype:decl
type Event interface{ isEvent() }

// RunStarted is the first event.
type RunStarted struct {
	SessionID string
	// SessionPath is the session's file; empty for an ephemeral run.
	SessionPath string
	// ResumedFrom is the session that this one goes on with; may be empty.
	ResumedFrom string
	WorkingDir  string
	Provider    string
	// Chosen says why it is this provider where the user named none; else empty.
	Chosen string
	Model  string
	Tools  []string
	// PermissionMode is "provider" when its program goes by a mode of its own.
	PermissionMode string
	Plugins        []PluginInfo
	// AuthMethod and AuthSource tell which credentials pay; never the secret.
	AuthMethod, AuthSource, Account string
	// MaxTurns and Timeout are 0 when there is no limit.
	MaxTurns       int
	Timeout        time.Duration
	MaxTokensTotal int64
	MaxCostUSD     float64
	// PromptHash identifies system prompt and tools: the same hash, the same
	// prefix for the vendor's cache.
	PromptHash string
}

// PluginInfo is a plugin process of this run.
type PluginInfo struct {
	Name     string
	Version  string
	Path     string
	Source   string
	Protocol int
	SHA256   string
	// Status is "ok", or why it is not: "restarted".
	Status string
}

// TurnStarted says that the model is asked, for the Turn-th time, counted from 1.
type TurnStarted struct {
	Turn     int
	ParentID string
}

// ModelEvent is an event of the provider, as it came.
type ModelEvent struct {
	Event    sdk.Event
	Turn     int
	ParentID string
}

// AssistantMessage is the whole message once the model finished it. It is in
// the session by then.
type AssistantMessage struct {
	Message sdk.Message
	// StopReason is empty when the provider died in the middle of the answer:
	// the next message goes on with it.
	StopReason sdk.StopReason
	// Usage is of this message alone.
	Usage    sdk.Usage
	Turn     int
	ParentID string
}

// ToolStarted says that a tool call begins to run.
type ToolStarted struct {
	Call sdk.ToolCall
	// Summary is one line for people: the command, the path.
	Summary  string
	ParentID string
}

// ToolProgress tells how far a running call is; at most four a second per call.
type ToolProgress struct {
	CallID   string
	Name     string
	Progress tool.Progress
	ParentID string
}

// ToolFinished gives the one result of a call.
type ToolFinished struct {
	Call     sdk.ToolCall
	Result   tool.Result
	ParentID string
}

// PermissionDenied says that a call was refused; the model was told.
type PermissionDenied struct {
	CallID   string
	Tool     string
	Reason   string
	ParentID string
}

// Warning is something the user should know; each text comes once.
type Warning struct {
	// Code is stable: "stdin_late", "plugin_restarted".
	Code    string
	Message string
}

// PluginRestarted says that the provider's process died and was started again.
type PluginRestarted struct {
	Name    string
	Reason  string
	Attempt int
	// Resent says that the model is asked again.
	Resent bool
}

func (RunStarted) isEvent()       {}
func (TurnStarted) isEvent()      {}
func (ModelEvent) isEvent()       {}
func (AssistantMessage) isEvent() {}
func (ToolStarted) isEvent()      {}
func (ToolProgress) isEvent()     {}
func (ToolFinished) isEvent()     {}
func (PermissionDenied) isEvent() {}
func (Warning) isEvent()          {}
func (PluginRestarted) isEvent()  {}
