package main

import (
	"io"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// streamRenderer prints every event as one line of JSON, and the result last.
// It keeps three promises by itself: nothing before the init line, one tool
// result for every tool call, one result at the end.
type streamRenderer struct {
	out io.Writer
	// partial has the model's deltas printed too.
	partial *partialStream
	version string
	now     func() time.Time
	// tell says a switch of the provider on stderr too.
	tell func(host.ModelFallback)

	sessionID string
	started   bool
	// early are events from before the start; they follow the init line.
	early  []host.Event
	inputs inputs
	// open are tool calls without result, in order.
	open   []openCall
	warned map[string]bool
}

type openCall struct{ id, parentID string }

func (c *command) newStreamRenderer(partial bool) *streamRenderer {
	r := &streamRenderer{
		out: c.out, version: thisVersion().Version, now: time.Now,
		inputs: inputs{}, warned: map[string]bool{},
		tell: c.tellFallback,
	}
	if partial {
		r.partial = newPartialStream(r)
	}
	return r
}

func (r *streamRenderer) tick(time.Time) {}

// event prints one event.
func (r *streamRenderer) event(event host.Event) error {
	start, isStart := event.(host.RunStarted)
	switch {
	case isStart:
		return r.start(start)
	case !r.started:
		r.early = append(r.early, event)
		return nil
	}
	switch e := event.(type) {
	case host.ModelEvent:
		return r.modelEvent(e)
	case host.AssistantMessage:
		return r.assistant(e)
	case host.ToolStarted:
		r.inputs[e.Call.ID] = e.Call.Input
	case host.ToolProgress:
		return r.write(progressEvent{
			r.envelope("tool_progress", ""), e.CallID, e.Name, orNull(e.ParentID),
			e.Progress.Bytes, e.Progress.LastLine, e.Progress.Elapsed.Milliseconds(),
		})
	case host.ToolFinished:
		r.close(e.Call.ID)
		return r.toolResult(e.Call.ID, resultContent(e.Result.Content), e.Result.IsError, e.ParentID, detailOf(e.Result))
	case host.PermissionDenied:
		return r.write(deniedEvent{
			r.envelope("system", "permission_denied"), e.CallID, e.Tool, e.Reason, orNull(e.ParentID),
		})
	case host.Warning:
		return r.warning(e.Code, e.Message)
	case host.PluginRestarted:
		return r.write(noteEvent{
			r.envelope("system", "plugin"), "plugin_restarted", e.Reason,
			map[string]any{"name": e.Name, "attempt": e.Attempt, "resent": e.Resent},
		})
	case host.Compacted:
		return r.compacted(e)
	case host.ModelFallback:
		return r.fallback(e)
	case host.TurnStarted, host.RunStarted:
	}
	return nil
}

func (r *streamRenderer) start(e host.RunStarted) error {
	r.started, r.sessionID = true, e.SessionID
	plugins := make([]pluginRef, 0, len(e.Plugins))
	for _, p := range e.Plugins {
		plugins = append(plugins, pluginRef{p.Name, p.Version, p.Protocol, p.Status, p.SHA256, p.Path, p.Source})
	}
	err := r.write(initEvent{
		envelope: r.envelope("system", "init"), SchemaVersion: schemaVersion, JcodeVersion: r.version,
		WorkingDir: e.WorkingDir, Provider: e.Provider, Model: e.Model, Tools: orEmpty(e.Tools),
		MCPServers: []string{}, PermissionMode: e.PermissionMode, APIKeySource: e.AuthSource,
		AuthMethod: e.AuthMethod, AccountHint: e.Account, Plugins: plugins, Sandbox: "none",
		Limits:     limitsRef{orNull(e.MaxTurns), orNull(e.Timeout.Milliseconds()), orNull(e.MaxTokensTotal), orNull(e.MaxCostUSD)},
		PromptHash: e.PromptHash, ResumedFrom: orNull(e.ResumedFrom), SessionPath: e.SessionPath,
	})
	early := r.early
	r.early = nil
	for _, event := range early {
		if err == nil {
			err = r.event(event)
		}
	}
	return err
}

func (r *streamRenderer) modelEvent(e host.ModelEvent) error {
	switch m := e.Event.(type) {
	case sdk.RetryEvent:
		return r.write(retryEvent{
			r.envelope("system", "api_retry"), m.Attempt, m.MaxAttempts, m.Delay.Milliseconds(),
			orNull(m.HTTPStatus), timestamp(r.now().Add(m.Delay)), m.Reason, orNull(e.ParentID),
		})
	case sdk.WarningEvent:
		return r.warning(m.Code, m.Message)
	case sdk.RateLimit:
		return r.rateLimit(m)
	case sdk.NativeToolEvent:
		return r.nativeTool(m, e)
	}
	if r.partial != nil {
		return r.partial.event(e)
	}
	return nil
}

func (r *streamRenderer) assistant(e host.AssistantMessage) error {
	if r.partial != nil {
		if err := r.partial.end(e); err != nil {
			return err
		}
	}
	for _, block := range e.Message.Blocks {
		if call, ok := block.(sdk.ToolCall); ok {
			r.inputs[call.ID] = call.Input
			r.open = append(r.open, openCall{call.ID, e.ParentID})
		}
	}
	id := e.Message.ID
	if id == "" {
		id = "msg_" + newUUID()
	}
	return r.write(messageEvent{
		envelope: r.envelope("assistant", ""), ParentID: orNull(e.ParentID), Turn: e.Turn,
		Message: apiMessage{
			ID: id, Type: "message", Role: sdk.RoleAssistant, Model: e.Message.Model,
			Content: blocksOf(e.Message.Blocks), StopReason: orNull(string(e.StopReason)),
			Usage: usageOf(e.Usage),
		},
	})
}

// nativeTool shows a call that the vendor's program ran itself like any other:
// as a tool call of the assistant, and its result.
func (r *streamRenderer) nativeTool(m sdk.NativeToolEvent, e host.ModelEvent) error {
	parent := e.ParentID
	if parent == "" {
		parent = m.Tool.ParentID
	}
	if m.Phase == sdk.NativeToolStarted || !r.isOpen(m.Tool.ID) {
		r.open = append(r.open, openCall{m.Tool.ID, parent})
		r.inputs[m.Tool.ID] = m.Tool.Input
		block := toolUseBlock(sdk.ToolCall{ID: m.Tool.ID, Name: m.Tool.Name, Input: m.Tool.Input})
		block.Native = true
		if err := r.write(messageEvent{
			envelope: r.envelope("assistant", ""), ParentID: orNull(parent), Turn: e.Turn,
			Message: apiMessage{
				ID: m.MessageID, Type: "message", Role: sdk.RoleAssistant, Content: []apiBlock{block},
			},
		}); err != nil || m.Phase == sdk.NativeToolStarted {
			return err
		}
	}
	r.close(m.Tool.ID)
	detail := &toolDetail{}
	if m.Tool.Denied {
		detail.ErrorCode = "denied"
	}
	return r.toolResult(m.Tool.ID, m.Tool.Output, m.Tool.IsError || m.Tool.Denied, parent, detail)
}

func (r *streamRenderer) toolResult(id string, content any, isError bool, parentID string, detail *toolDetail) error {
	return r.write(messageEvent{
		envelope: r.envelope("user", ""), ParentID: orNull(parentID), Result: detail,
		Message: apiMessage{
			Role: sdk.RoleUser, Content: []apiBlock{toolResultBlock(id, content, isError)},
		},
	})
}

func (r *streamRenderer) warning(code, message string) error {
	if r.warned[message] {
		return nil
	}
	r.warned[message] = true
	return r.write(noteEvent{envelope: r.envelope("system", "warning"), Code: code, Message: message})
}

func (r *streamRenderer) rateLimit(m sdk.RateLimit) error {
	details := map[string]any{"window": m.Window, "status": m.Status}
	if m.Utilization >= 0 {
		details["utilization"] = m.Utilization
	}
	if !m.ResetsAt.IsZero() {
		details["resets_at"] = timestamp(m.ResetsAt)
	}
	return r.write(noteEvent{r.envelope("system", "rate_limit"), "rate_limit", m.Status, details})
}

// finish gives every open tool call a result, and prints the run's.
func (r *streamRenderer) finish(result host.RunResult, f *failure) error {
	if r.started {
		for _, call := range r.open {
			detail := &toolDetail{ErrorCode: "cancelled"}
			if err := r.toolResult(call.id, "the run ended before this call did", true, call.parentID, detail); err != nil {
				return err
			}
		}
	}
	if result.SessionID == "" {
		result.SessionID = r.sessionID
	}
	return r.write(newResult(result, f, r.inputs))
}

func (r *streamRenderer) envelope(kind, subtype string) envelope {
	return envelope{
		Type: kind, Subtype: subtype, SessionID: r.sessionID, UUID: newUUID(), Time: timestamp(r.now()),
	}
}

func (r *streamRenderer) write(event any) error { return writeLine(r.out, event) }

func (r *streamRenderer) isOpen(id string) bool {
	return slices.ContainsFunc(r.open, func(c openCall) bool { return c.id == id })
}

func (r *streamRenderer) close(id string) {
	r.open = slices.DeleteFunc(r.open, func(c openCall) bool { return c.id == id })
}
