package agent

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Limits of a subagent.
const (
	taskTurns     = 40
	taskTurnsMost = 500
	taskChars     = 30_000
)

// runTask answers one task call with a conversation of its own. It shares the
// process of the plugin, the limits and the totals with its parent.
func (c *conversation) runTask(ctx context.Context, call sdk.ToolCall) tool.Result {
	in, err := readTask(call.Input)
	if err != nil {
		return failed(tool.CodeInvalidInput, "%v", err)
	}
	child, err := c.openTask(call.ID, in)
	if err != nil {
		return failed(tool.CodeInvalidInput, "%v", err)
	}
	defer c.closeTask(child)
	child.append(userText(in.prompt), false)
	last, err := child.loop(ctx)
	result := c.taskResult(call, child, last, err)
	if len(in.unknown) > 0 {
		result.Content = append(result.Content, sdk.Text{Text: "\n[ignored unknown arguments: " + strings.Join(in.unknown, ", ") + "]"})
	}
	return result
}

// openTask begins the conversation of a subagent, or goes on with one.
func (c *conversation) openTask(callID string, in taskInput) (*conversation, error) {
	kept, kind, err := c.taskSession(callID, in)
	if err != nil {
		return nil, err
	}
	for _, text := range kept.Warnings() {
		c.warn("session_repaired", text)
	}
	tools := c.ChildTools(ChildOptions{PermissionMode: kind.PermissionMode, Tools: kind.Tools, Seen: kept.Files()})
	child := newConversation(c.run, callID, tools, newHistory(kept, c.Info))
	child.task, child.kind = kept, kind
	// A model of its own is part of whom it asks: a switch of the run drops it.
	child.Model = firstText(in.model, child.begunModel(kept), child.Model)
	child.startOfRun = len(child.history.wire)
	child.limit = firstNumber(in.maxTurns, kind.MaxTurns, taskTurns)
	return child, nil
}

// taskSession finds what a call names: the type of a new subagent, or the one to go
// on with. It is the caller's alone until closeTask.
func (c *conversation) taskSession(callID string, in taskInput) (*session.Session, SubagentType, error) {
	if in.sessionID != "" {
		return c.resumeTask(in)
	}
	kind, err := findType(c.types, firstText(in.kind, generalType))
	if err != nil {
		return nil, kind, err
	}
	model := firstText(in.model, kind.Model)
	if err := c.affords(model); err != nil {
		return nil, kind, err
	}
	kept, err := c.Session.NewTask(session.Header{
		Provider: c.ProviderName, Model: model, Title: cutRunes(in.description, 80), SubagentType: kind.Name, ToolCallID: callID,
	})
	if err != nil {
		c.warn("session_write", err.Error())
	}
	c.claimTask(kept.ID())
	return kept, kind, nil
}

func (c *conversation) resumeTask(in taskInput) (*session.Session, SubagentType, error) {
	ids := c.Session.Tasks()
	if !slices.Contains(ids, in.sessionID) {
		there := "there are none yet: leave session_id out"
		if len(ids) > 0 {
			there = "there are: " + strings.Join(ids, ", ")
		}
		return nil, SubagentType{}, fmt.Errorf("there is no subagent with session_id %q; %s", oneWord(in.sessionID), there)
	}
	if !c.claimTask(in.sessionID) {
		return nil, SubagentType{}, fmt.Errorf("subagent %s is still at work on another call", in.sessionID)
	}
	kept, kind, err := c.reopenTask(in)
	if err != nil {
		c.releaseTask(in.sessionID)
	}
	return kept, kind, err
}

func (c *conversation) reopenTask(in taskInput) (*session.Session, SubagentType, error) {
	kept, err := c.Session.Task(in.sessionID)
	if err != nil {
		return nil, SubagentType{}, fmt.Errorf("go on with subagent %s: %w", in.sessionID, err)
	}
	kind, err := findType(c.types, kept.SubagentType())
	if err == nil && in.kind != "" && !strings.EqualFold(in.kind, kind.Name) {
		err = fmt.Errorf("subagent %s is of type %s, which cannot change: leave subagent_type out", in.sessionID, kind.Name)
	}
	if err == nil {
		err = c.affords(firstText(in.model, c.begunModel(kept)))
	}
	if err != nil {
		return nil, kind, errors.Join(err, kept.Close())
	}
	return kept, kind, nil
}

// begunModel is the model of its own that a subagent began with, unless the run asks
// another provider by now.
func (c *conversation) begunModel(kept *session.Session) string {
	if provider, model := kept.BegunWith(); provider == c.ProviderName {
		return model
	}
	return ""
}

// affords refuses a subagent's own model when a limit of cost could not be kept with
// it. That of the run was looked at before the run began.
func (c *conversation) affords(model string) error {
	if c.MaxCostUSD == 0 || c.Price == nil || model == "" || model == c.Model || c.Price(c.ProviderName, model) != nil {
		return nil
	}
	return fmt.Errorf("what model %s costs is unknown, and this run has a limit of cost: name another model, or none", oneWord(model))
}

// claimTask reports whether nobody else works on the subagent of that id.
func (r *run) claimTask(id string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.busy[id] {
		return false
	}
	if r.busy == nil {
		r.busy = map[string]bool{}
	}
	r.busy[id] = true
	return true
}

func (r *run) releaseTask(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.busy, id)
}

// closeTask keeps what the subagent knows for when it is resumed.
func (c *conversation) closeTask(child *conversation) {
	var err error
	if tools, ok := child.taskTools(); ok {
		err = child.task.AddFiles(tools.SeenFiles())
	}
	if err = errors.Join(err, child.task.Close()); err != nil {
		c.warn("session_write", err.Error())
	}
	c.releaseTask(child.task.ID())
}

func (c *conversation) taskTools() (tools interface{ SeenFiles() []tool.SeenFile }, ok bool) {
	if c.tools == nil {
		return nil, false
	}
	tools, ok = c.tools.Tools.(interface{ SeenFiles() []tool.SeenFile })
	return tools, ok
}

func (c *conversation) taskResult(call sdk.ToolCall, child *conversation, last answer, err error) tool.Result {
	result := tool.Result{FilesChanged: child.ownFiles}
	status := "done"
	if err != nil {
		status = "stopped: " + err.Error()
		result.IsError, result.Code, result.Reason = true, tool.CodeFailed, status
		if isLimit(err) {
			result.Code = tool.CodeLimit
		}
	}
	text := last.text()
	if text == "" {
		text = lastText(child.history.wire[min(child.startOfRun, len(child.history.wire)):])
	}
	text = c.capTask(call.ID, text, &result)
	trailer := fmt.Sprintf("%s%s; type: %s; turns: %d; tokens: %d; files changed: %s; status: %s]",
		subagentMark, child.task.ID(), child.task.SubagentType(), child.turns, child.tokens, listFiles(child.ownFiles), status)
	result.Content = []sdk.Block{sdk.Text{Text: strings.TrimLeft(text+"\n\n"+trailer, "\n")}}
	return result
}

// subagentMark begins the line that follows the answer of a subagent.
const subagentMark = "[subagent session_id: "

func isLimit(err error) bool {
	_, ok := err.(*LimitError) //nolint:errorlint // the loop returns it bare
	return ok
}

func lastText(messages []sdk.Message) string {
	for _, message := range slices.Backward(messages) {
		if text := textOf(message.Blocks); message.Role == sdk.RoleAssistant && text != "" {
			return text
		}
	}
	return ""
}

func listFiles(files []string) string {
	if len(files) == 0 {
		return "none"
	}
	return strings.Join(files, ", ")
}

// capTask keeps the head of a long report and puts all of it into a file.
func (c *conversation) capTask(callID, text string, result *tool.Result) string {
	runes := []rune(text)
	if len(runes) <= taskChars {
		return text
	}
	result.Truncated, result.OutputBytes = true, int64(len(text))
	head := string(runes[:taskChars])
	path := filepath.Join(c.Session.SpoolDir(), "task-"+safeName(callID)+".md")
	err := os.MkdirAll(filepath.Dir(path), 0o700)
	if err == nil {
		err = os.WriteFile(path, []byte(text), 0o600)
	}
	if err != nil {
		return head + fmt.Sprintf("\n[cut: %d characters in all; the rest could not be kept: %v]", len(runes), err)
	}
	result.FullOutputPath = path
	return head + fmt.Sprintf("\n[cut: %d characters in all; the whole report: %s]", len(runes), path)
}

// safeName makes a vendor's id a file name.
func safeName(id string) string {
	name := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '_'
	}, id)
	return name[:min(len(name), 80)]
}
