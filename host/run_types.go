package host

import (
	"context"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// What a run shows, and what goes with a prompt. Package agent says more of each.
type (
	// Event is one thing that happens during a run.
	Event = agent.Event
	// RunStarted is the first event.
	RunStarted = agent.RunStarted
	// PluginInfo is a plugin process of the run.
	PluginInfo = agent.PluginInfo
	// TurnStarted says that the model is asked.
	TurnStarted = agent.TurnStarted
	// ModelEvent is an event of the provider.
	ModelEvent = agent.ModelEvent
	// AssistantMessage is a whole message of the model.
	AssistantMessage = agent.AssistantMessage
	// ToolStarted says that a tool call begins to run.
	ToolStarted = agent.ToolStarted
	// ToolProgress tells how far a call is.
	ToolProgress = agent.ToolProgress
	// ToolFinished gives the one result of a call.
	ToolFinished = agent.ToolFinished
	// PermissionDenied says that a call was refused.
	PermissionDenied = agent.PermissionDenied
	// Warning is something that the user should know.
	Warning = agent.Warning
	// PluginRestarted says that the plugin died and was started again.
	PluginRestarted = agent.PluginRestarted
	// Compacted says that older messages are no longer sent as they were.
	Compacted = agent.Compacted
	// ModelFallback says that the rest of the run asks another model.
	ModelFallback = agent.ModelFallback
	// ToolResult is what a call gives back.
	ToolResult = tool.Result
	// Todo is one entry of the task list.
	Todo = tool.Todo
	// Attachment is a file that goes with the prompt.
	Attachment = agent.Attachment
	// PipedInput is standard input that came beside the prompt.
	PipedInput = agent.PipedInput
)

// RunOptions are one `jcode run`. The zero value of a field means "not given".
type RunOptions struct {
	Prompt      string
	Piped       *PipedInput
	Attachments []Attachment

	// Provider and Model are flags; without them variables, config and the
	// plugins' ranks decide.
	Provider, Model, Effort string
	// ModelUnchecked lets a model pass that the provider's list does not have.
	ModelUnchecked bool
	// Fallback are "provider/model" or "provider", best first: whom to go on with
	// when the first one is overloaded, at a limit or out of reach. Empty means
	// the configuration's.
	Fallback []string
	// WorkingDir is absolute.
	WorkingDir string
	// AddedDirs may be written to, ReadOnlyDirs only read.
	AddedDirs    []string
	ReadOnlyDirs []string

	// Continue goes on with the newest session of this project, Resume with
	// the one meant by id, name or unique prefix; Fork copies it first. Ephemeral
	// keeps nothing. With AllProjects the newest and the names are those of every
	// folder. A resumed session asks the provider and model that it asked last,
	// unless the user names others.
	Continue    bool
	Resume      string
	AllProjects bool
	Fork        bool
	Ephemeral   bool
	// Name names the session, SessionID is the UUID of a new one.
	Name, SessionID string

	PermissionMode         string
	PermissionModeExplicit bool
	// OnDeny is "continue" (default), "report" or "fail".
	OnDeny   string
	MaxTurns int
	Timeout  time.Duration
	// Elapsed is how much of Timeout was over before Run was called, as when the
	// prompt came slowly. Errors and events tell Timeout whole.
	Elapsed time.Duration
	// Allow and Deny are permission rules, which add to those of the configuration.
	// Their relative paths start from WorkingDir.
	Allow, Deny []string
	// Ask asks the user before the policy refuses a call; nil when nobody can be
	// asked. It returns when ctx ends. One question is asked at a time. NoAsk never
	// asks.
	Ask   func(ctx context.Context, question Question) (Answer, error)
	NoAsk bool
	// MaxTokensTotal and MaxCostUSD limit all calls of the model together. A limit
	// that cannot be kept is a [ConfigError].
	MaxTokensTotal int64
	MaxCostUSD     float64

	// System replaces the system prompt, AppendSystem is added to it.
	System, AppendSystem string
	NoInstructions       bool
	// PassEnv are variables that the shell may see though they look secret.
	PassEnv []string
	// Settings are `--set key=value`, for this run only.
	Settings map[string]string
	// KeepBackground lets background jobs go on after the run, unless that was
	// cancelled.
	KeepBackground bool

	// OnEvent gets every event, in order, never two at a time. An error ends
	// the run (the reader went away).
	OnEvent func(Event) error
}

// RunResult is how a run ended. It is filled in as far as the run came, also
// beside an error.
type RunResult struct {
	SessionID string
	// SessionPath is empty for an ephemeral run.
	SessionPath string
	Provider    string
	Model       string
	// Text is the text of the last assistant message.
	Text       string
	StopReason sdk.StopReason
	StopDetail string
	// Turns counts the calls of the model, subagents included.
	Turns       int
	Duration    time.Duration
	APIDuration time.Duration
	// Usage is the total, subagents included once; by model in ModelUsage.
	Usage      sdk.Usage
	ModelUsage map[string]sdk.Usage
	// CostSource is [CostExact], [CostEstimated] or [CostUnknown]; empty when the
	// run did not come to ask.
	CostSource     string
	Denials        []PermissionDenied
	FilesChanged   []string
	OpenTodos      []Todo
	BackgroundJobs []BackgroundJob
}

// BackgroundJob is a command that was still running when the run ended; it was
// ended then, unless it was kept.
type BackgroundJob struct {
	ID      string
	PID     int
	Command string
	Output  string
	Kept    bool
}
