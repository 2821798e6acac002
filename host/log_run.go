package host

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/jcode-go/jcode/host/internal/logbook"
	"github.com/jcode-go/jcode/sdk"
)

// runLog writes what happens in a run: names, numbers, durations. Its methods are
// called by one goroutine at a time, as the events are.
type runLog struct {
	log   *logbook.Log
	turns map[string]time.Time // by subagent and turn
	calls map[string]time.Time
}

// logged is the reader of a run's events, who now also writes them to the log.
func (h *Host) logged(next func(Event) error) func(Event) error {
	if h.log() == nil {
		return next
	}
	l := &runLog{log: h.log(), turns: map[string]time.Time{}, calls: map[string]time.Time{}}
	return func(event Event) error {
		l.event(event, time.Now())
		if next == nil {
			return nil
		}
		return next(event)
	}
}

func (l *runLog) event(event Event, now time.Time) {
	switch e := event.(type) {
	case RunStarted:
		l.log.Info("run started", "session", e.SessionID, "resumed", e.ResumedFrom, "provider", e.Provider, "model", e.Model,
			"permission_mode", e.PermissionMode, "auth", e.AuthMethod, "auth_source", e.AuthSource, "tools", len(e.Tools), "prompt_hash", e.PromptHash)
	case TurnStarted:
		l.turns[turnKey(e.ParentID, e.Turn)] = now
		l.log.Debug("model is asked", "turn", e.Turn, "parent", e.ParentID)
	case ModelEvent:
		l.model(e)
	case AssistantMessage:
		began := l.turns[turnKey(e.ParentID, e.Turn)]
		delete(l.turns, turnKey(e.ParentID, e.Turn))
		l.log.Info("model call", "turn", e.Turn, "parent", e.ParentID, "status", firstOf(string(e.StopReason), "interrupted"), "ms", since(began, now),
			"input_tokens", e.Usage.InputTokens, "output_tokens", e.Usage.OutputTokens,
			"cache_read_tokens", e.Usage.CacheReadTokens, "cache_write_tokens", e.Usage.CacheWriteTokens)
	case ToolStarted:
		l.calls[e.Call.ID] = now
		l.log.Debug("tool begins", "tool", toolName(e.Call.Name), "call", e.Call.ID, "parent", e.ParentID)
	case ToolFinished:
		l.tool(e, now)
	case PermissionDenied:
		l.log.Warn("tool call denied", "tool", toolName(e.Tool), "call", e.CallID, "parent", e.ParentID)
	case PluginRestarted:
		l.log.Warn("plugin came back", "provider", e.Name, "attempt", e.Attempt, "resent", e.Resent)
	case Warning:
		l.log.Warn("warning", "code", e.Code)
	default: // progress, and what is not of a run's course
		l.log.Trace("event", "type", strings.TrimPrefix(fmt.Sprintf("%T", event), "agent."))
	}
}

func (l *runLog) model(e ModelEvent) {
	switch event := e.Event.(type) {
	case sdk.Started:
		l.log.Debug("model answers", "turn", e.Turn, "parent", e.ParentID, "model", event.Model, "request_id", event.ProviderRequestID)
	case sdk.RetryEvent:
		l.log.Warn("retry", "turn", e.Turn, "attempt", event.Attempt, "delay_ms", milliseconds(event.Delay), "status", event.HTTPStatus)
	case sdk.RateLimit:
		l.log.Info("rate limit", "window", event.Window, "utilization", event.Utilization, "status", event.Status)
	case sdk.NativeToolEvent:
		l.log.Info("tool of the provider's program", "tool", toolName(event.Tool.Name), "call", event.Tool.ID, "denied", event.Tool.Denied)
	default:
		if l.log.Traces() {
			l.log.Trace("model event", "turn", e.Turn, "type", strings.TrimPrefix(fmt.Sprintf("%T", e.Event), "sdk."))
		}
	}
}

func (l *runLog) tool(e ToolFinished, now time.Time) {
	took := e.Result.Duration
	if began, ok := l.calls[e.Call.ID]; ok && took == 0 {
		took = now.Sub(began)
	}
	delete(l.calls, e.Call.ID)
	fields := []any{"tool", toolName(e.Call.Name), "call", e.Call.ID, "parent", e.ParentID, "ms", milliseconds(took), "error", e.Result.IsError, "code", string(e.Result.Code)}
	if e.Result.ExitCode != nil {
		fields = append(fields, "exit", *e.Result.ExitCode)
	}
	l.log.Info("tool call", append(fields, "truncated", e.Result.Truncated)...)
}

func turnKey(parent string, turn int) string { return fmt.Sprintf("%s/%d", parent, turn) }

func since(began, now time.Time) float64 {
	if began.IsZero() {
		return 0
	}
	return milliseconds(now.Sub(began))
}

// toolName is a name that the model chose. One that is no tool's may be anything.
func toolName(name string) string {
	const longest = 40
	odd := func(r rune) bool {
		return r != '_' && r != '-' && (r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r))
	}
	if len(name) > longest || strings.ContainsFunc(name, odd) {
		return "(no name)"
	}
	return name
}

// logCall tells of a call of the model that failed; those that succeed are told
// with their turn.
func logCall(log *logbook.Log, provider, model string, took time.Duration, err error) {
	if err == nil || log == nil {
		return
	}
	fields := []any{"provider", provider, "model", model, "status", kindOf(err), "ms", milliseconds(took)}
	var failed *sdk.Error
	if errors.As(err, &failed) {
		fields = append(fields, "http_status", failed.HTTPStatus, "request_id", failed.ProviderRequestID, "retry_after_ms", milliseconds(failed.RetryAfter))
	}
	log.Error("model call failed", fields...)
}

// logEnd tells how a run ended.
func (h *Host) logEnd(result RunResult, err error) {
	fields := []any{
		"session", result.SessionID, "provider", result.Provider, "model", result.Model, "turns", result.Turns,
		"ms", milliseconds(result.Duration), "model_ms", milliseconds(result.APIDuration),
		"input_tokens", result.Usage.InputTokens, "output_tokens", result.Usage.OutputTokens,
		"denials", len(result.Denials), "files_changed", len(result.FilesChanged),
	}
	if err != nil {
		h.log().Error("run failed", append(fields, "error", kindOf(err))...)
		return
	}
	h.log().Info("run ended", append(fields, "stop", string(result.StopReason))...)
}
