package agent

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Limits of a subagent.
const (
	taskTurns = 40
	taskChars = 30_000
)

var taskSpec = sdk.ToolSpec{
	Name: "task",
	Description: "Hand a self-contained piece of work to a subagent with a fresh context and the same folder, tools and permissions. " +
		"It sees nothing of this conversation: put everything it must know into the prompt, and say what it should report. " +
		"You get its final answer. Several calls in one message run side by side. A subagent cannot start another one.",
	InputSchema: json.RawMessage(`{"type":"object","properties":{` +
		`"description":{"type":"string","description":"What the work is, in a few words, for the user"},` +
		`"prompt":{"type":"string","description":"The whole task, and what to report"}},` +
		`"required":["description","prompt"],"additionalProperties":false}`),
}

type taskInput struct {
	Description string `json:"description"`
	Prompt      string `json:"prompt"`
}

func taskSummary(input json.RawMessage) string {
	var in taskInput
	if json.Unmarshal(input, &in) != nil {
		return ""
	}
	return in.Description
}

// runTask answers one task call with a conversation of its own. It shares the
// process of the plugin, the limits and the totals with its parent.
func (c *conversation) runTask(ctx context.Context, call sdk.ToolCall) tool.Result {
	var in taskInput
	if err := json.Unmarshal(call.Input, &in); err != nil {
		return failed(tool.CodeInvalidInput, "the arguments of task do not fit: %v", err)
	}
	if strings.TrimSpace(in.Prompt) == "" {
		return failed(tool.CodeInvalidInput, "prompt: must not be empty")
	}
	child := newConversation(c.run, call.ID, c.ChildTools(), newHistory(nil, c.Info))
	child.limit = taskTurns
	child.append(userText(in.Prompt), false)
	last, err := child.loop(ctx)
	return c.taskResult(call, child, last, err)
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
		text = lastText(child.history.wire)
	}
	text = c.capTask(call.ID, text, &result)
	trailer := fmt.Sprintf("[subagent: %d turns, %d tokens, files changed: %s; %s]", child.turns, child.tokens, listFiles(child.ownFiles), status)
	result.Content = []sdk.Block{sdk.Text{Text: strings.TrimLeft(text+"\n\n"+trailer, "\n")}}
	return result
}

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
