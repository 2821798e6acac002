package copilot

import (
	"encoding/json"
	"fmt"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// decoder reads the program's JSON lines. There are some 150 types of them; what is
// not read here must not hurt.
type decoder struct {
	answer  *cliprovider.Answer
	message string          // the one that is being streamed
	pieces  map[string]bool // messages that came in pieces
	tries   int             // of the present call of the model
	status  int             // of the last one that failed
	usage   sdk.Usage
	aborted bool
	failed  *cliprovider.Fault
}

type event struct {
	Type string          `json:"type"`
	Data json.RawMessage `json:"data"`

	// Of the last line, whose fields are not among the data.
	Session  string `json:"sessionId"`
	ExitCode int    `json:"exitCode"`
}

type data struct {
	MessageID string `json:"messageId"`
	Delta     string `json:"deltaContent"`
	Content   string `json:"content"`
	Model     string `json:"model"`
	ParentID  string `json:"parentToolCallId"` // of a subagent, whose words are its own
	Reasoning string `json:"reasoningId"`
	Reason    string `json:"reason"`

	ToolID    string          `json:"toolCallId"`
	ToolName  string          `json:"toolName"`
	Arguments json.RawMessage `json:"arguments"`
	Success   bool            `json:"success"`
	Result    *struct {
		Content string `json:"content"`
	} `json:"result"`
	Error *struct {
		Message string `json:"message"`
		Code    string `json:"code"`
	} `json:"error"`

	ErrorType string `json:"errorType"`
	Message   string `json:"message"`
	Status    int    `json:"statusCode"`

	Input      int64 `json:"inputTokens"`
	Output     int64 `json:"outputTokens"`
	CacheRead  int64 `json:"cacheReadTokens"`
	CacheWrite int64 `json:"cacheWriteTokens"`
}

// Line takes one line.
func (d *decoder) Line(line []byte) (last bool, err error) {
	var e event
	var v data
	if !shellout.Parses(line, &e) || e.Type == "" {
		d.answer.Noise(string(line))
		return false, nil
	}
	if len(e.Data) > 0 && !shellout.Parses(e.Data, &v) {
		return false, nil
	}
	switch e.Type {
	case "result":
		return true, d.end(e)
	case "abort":
		d.aborted = true
	case "session.error":
		d.failed = &cliprovider.Fault{Word: v.ErrorType, Message: v.Message, Status: v.Status}
	case "model.call_failure":
		d.status = v.Status
	case "assistant.usage":
		d.count(v)
	case "session.tools_updated", "model.call_start":
		d.answer.Model(v.Model)
	case "tool.execution_start", "tool.execution_complete":
		return false, d.tool(e.Type, v)
	default:
		return false, d.speech(e.Type, v)
	}
	return false, nil
}

// speech takes what the model says.
func (d *decoder) speech(kind string, v data) error {
	if v.ParentID != "" {
		return nil
	}
	switch kind {
	case "assistant.message_start":
		d.message = v.MessageID
	case "assistant.message_delta":
		d.message, d.pieces[v.MessageID] = v.MessageID, true
		return d.answer.Text(v.MessageID, v.Delta)
	case "assistant.message":
		d.message, d.tries = "", 0
		d.answer.Model(v.Model)
		if !d.pieces[v.MessageID] { // else it repeats them
			return d.answer.Text(v.MessageID, v.Content)
		}
	case "assistant.reasoning_delta":
		return d.answer.Thinking(v.Reasoning, v.Delta)
	case "assistant.turn_retry":
		return d.retry(v.Reason)
	}
	return nil
}

// retry voids the message that broke off: the next one begins anew, under another
// id.
func (d *decoder) retry(reason string) error {
	d.tries++
	if err := d.answer.Retract(d.message); err != nil {
		return err
	}
	d.message = ""
	return d.answer.Retry(d.tries+1, d.status, reason)
}

// hostNames are the program's tools that the host has, too.
var hostNames = map[string]string{
	"bash": "bash", "powershell": "bash", "view": "read", "create": "write", "edit": "edit", "str_replace_editor": "edit",
	"apply_patch": "edit", "glob": "glob", "grep": "grep", "rg": "grep", "task": "task", "update_todo": "todowrite",
}

func (d *decoder) tool(kind string, v data) error {
	tool := sdk.NativeTool{ID: v.ToolID, Name: v.ToolName, ParentID: v.ParentID}
	if name := hostNames[v.ToolName]; name != "" {
		tool.Name = name
	}
	if len(v.Arguments) > 0 && v.Arguments[0] == '{' {
		tool.Input = v.Arguments
	}
	if kind == "tool.execution_start" {
		return d.answer.ToolStarted(d.message, tool)
	}
	switch {
	case v.Error != nil:
		tool.Output, tool.IsError, tool.Denied = v.Error.Message, true, v.Error.Code == "denied"
	case v.Result != nil:
		tool.Output, tool.IsError = v.Result.Content, !v.Success
	default:
		tool.IsError = !v.Success
	}
	return d.answer.ToolFinished(d.message, tool)
}

// count adds the usage of one call of the model.
func (d *decoder) count(v data) {
	d.usage.InputTokens += max(v.Input-v.CacheRead-v.CacheWrite, 0)
	d.usage.OutputTokens += max(v.Output, 0)
	d.usage.CacheReadTokens += max(v.CacheRead, 0)
	d.usage.CacheWriteTokens += max(v.CacheWrite, 0)
	d.usage.Turns++
	d.answer.Usage(d.usage)
}

// end takes the last line. A program that was interrupted by somebody else leaves
// with 0, and one whose model recovered has told an error before.
func (d *decoder) end(e event) error {
	d.answer.Session(e.Session)
	d.answer.End()
	switch {
	case d.aborted:
		d.answer.Fail(cliprovider.Fault{Message: "copilot was interrupted"})
	case e.ExitCode != 0 && d.failed != nil:
		d.answer.Fail(*d.failed)
	case e.ExitCode != 0:
		d.answer.Fail(cliprovider.Fault{Message: fmt.Sprintf("copilot failed with status %d and does not say why", e.ExitCode)})
	case d.failed != nil:
		return d.answer.Warn("provider_error", d.failed.Message)
	}
	return nil
}
