package agent

import (
	"context"
	"time"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Provider is what the loop asks: a provider plugin under supervision.
type Provider interface {
	// Generate is that of [sdk.Provider].
	Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error)
	// Recover is told each error of Generate. When it means that the plugin's
	// process died, Recover starts the plugin again; otherwise, or when it died
	// too often, it returns the error that the run ends with.
	Recover(ctx context.Context, err error) (Restart, error)
}

// Restart is how a plugin came back after it died.
type Restart struct {
	// Reason is how it died, in one line.
	Reason string
	// Attempt counts the restarts of this run, from 1.
	Attempt int
}

// Tools are the tools of one conversation. A *tool.Set is one.
type Tools interface {
	Specs() []sdk.ToolSpec
	Names() []string
	Lookup(name string) (tool.Tool, bool)
	Run(ctx context.Context, call tool.Call) tool.Result
	Summary(call tool.Call) string
}

// Options are one run.
type Options struct {
	Provider Provider
	// ProviderName is whose provider state is used.
	ProviderName string
	Info         sdk.Info
	// Model and Effort are the user's choice; empty leaves it to the provider.
	Model, Effort string
	Session       *session.Session
	// Tools are the tools of the run itself, ChildTools makes those of a
	// subagent. Without ChildTools there is no task tool.
	Tools      Tools
	ChildTools func(ChildOptions) Tools
	// SubagentTypes are the user's own types of subagents; of two with one name the
	// later counts.
	SubagentTypes []SubagentType
	System        []sdk.SystemBlock
	Limits        sdk.Limits
	// PermissionMode is that of the policy. Limits have what the provider is asked
	// for, which may be none.
	PermissionMode string
	// Judge answers questions of the provider's own program by the permission
	// policy: known is false when the policy has no rule for such a tool. May be
	// nil. It is called by several goroutines.
	Judge func(ctx context.Context, request sdk.PermissionRequest) (known bool, err error)
	// Compaction says when the conversation is made shorter.
	Compaction Compaction
	// Fallback returns whom to ask once failed failed for good, and what the user
	// should know of those that were left out; ok is false when nobody is left. The
	// run goes on there to its end. May be nil.
	Fallback func(ctx context.Context, failed Target) (to Target, skipped []Warning, ok bool)
	// Beginning is what System tells of the moment when the session began.
	Beginning Beginning
	// OnDeny is "continue", "report" or "fail"; empty is "continue".
	OnDeny string
	// MaxTurns is the most calls of the model, subagents included; 0 is no
	// limit.
	MaxTurns int
	// MaxTokensTotal and MaxCostUSD limit what all calls together use, subagents
	// included. They are checked before each call; 0 is no limit.
	MaxTokensTotal int64
	MaxCostUSD     float64
	// Price is what a model of a provider costs; nil is unknown. May be nil. It is
	// called by several goroutines.
	Price func(provider, model string) *sdk.Price
	// LoopGuard ends a conversation that repeats one call with one result.
	LoopGuard bool
	// IdleTimeout is how long the provider may be silent; 0 is no limit.
	IdleTimeout time.Duration
	// Started is the first event; the loop fills in tools and prompt hash.
	Started RunStarted
	// Warnings come straight after it.
	Warnings []Warning
	// OnEvent gets every event, never two at a time. An error ends the run.
	OnEvent func(Event) error
}

// Result is how a run ended, filled in as far as it came.
type Result struct {
	// Provider is who was asked last.
	Provider    string
	Model       string
	Text        string
	StopReason  sdk.StopReason
	StopDetail  string
	Turns       int
	APIDuration time.Duration
	Usage       sdk.Usage
	ModelUsage  map[string]sdk.Usage
	// CostSource is CostExact, CostEstimated or CostUnknown.
	CostSource string
	Denials    []PermissionDenied
	// FilesChanged are absolute paths, in the order of their first change.
	FilesChanged []string
}
