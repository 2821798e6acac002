package agent

import (
	"context"
	"encoding/json"
	"errors"
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
	description, prompt string
	unknown             []string // names of arguments that task does not have
}

// readTask reads the arguments of a call. Only the prompt must be right.
func readTask(input json.RawMessage) (taskInput, error) {
	var given map[string]any
	if err := json.Unmarshal(input, &given); err != nil {
		return taskInput{}, err
	}
	var in taskInput
	in.description, _ = given["description"].(string)
	in.prompt, _ = given["prompt"].(string)
	for name := range given {
		if name != "description" && name != "prompt" {
			in.unknown = append(in.unknown, name)
		}
	}
	slices.Sort(in.unknown)
	if strings.TrimSpace(in.prompt) == "" {
		return in, errors.New("argument prompt (string) is missing or empty")
	}
	return in, nil
}

func taskSummary(input json.RawMessage) string {
	in, _ := readTask(input)
	return in.description
}

// runTask answers one task call with a conversation of its own. It shares the
// process of the plugin, the limits and the totals with its parent.
func (c *conversation) runTask(ctx context.Context, call sdk.ToolCall) tool.Result {
	in, err := readTask(call.Input)
	if err != nil {
		return failed(tool.CodeInvalidInput, "%v", err)
	}
	child := newConversation(c.run, call.ID, c.ChildTools(), newHistory(nil, c.Info))
	child.limit = taskTurns
	child.append(userText(in.prompt), false)
	last, err := child.loop(ctx)
	result := c.taskResult(call, child, last, err)
	if len(in.unknown) > 0 {
		result.Content = append(result.Content, sdk.Text{Text: "\n[ignored unknown arguments: " + strings.Join(in.unknown, ", ") + "]"})
	}
	return result
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
