package antigravity

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// decoder reads the program's stream-json.
type decoder struct {
	answer  *cliprovider.Answer
	outputs map[int]string // of tools, by step
	spoke   bool
}

type event struct {
	Event        string `json:"event"`
	Conversation string `json:"conversation_id"`

	Init *struct {
		Conversation string `json:"conversation_id"`
		Model        string `json:"model"`
	} `json:"init"`
	Step   *step   `json:"step_update"`
	Result *result `json:"result"`
}

type step struct {
	Conversation string `json:"conversation_id"`
	Index        int    `json:"step_index"`
	State        string `json:"state"`
	Type         string `json:"step_type"`
	Delta        string `json:"text_delta"`
	ToolName     string `json:"tool_name"`
	Tool         *struct {
		Name       string          `json:"name"`
		Parameters json.RawMessage `json:"parameters"`
	} `json:"tool_info"`
	Error string `json:"error"`
}

type result struct {
	Conversation string          `json:"conversation_id"`
	Status       string          `json:"status"`
	Response     string          `json:"response"`
	Turns        int             `json:"num_turns"`
	Usage        usage           `json:"usage"`
	Error        json.RawMessage `json:"error"`
	// Denied are texts or objects; which, has changed.
	Denied []json.RawMessage `json:"denied_actions"`
}

type usage struct {
	Input     int64 `json:"input_tokens"`
	Output    int64 `json:"output_tokens"`
	Thinking  int64 `json:"thinking_tokens"`
	CacheRead int64 `json:"cache_read_tokens"`
}

// Line takes one line.
func (d *decoder) Line(line []byte) (last bool, err error) {
	var e event
	if !shellout.Parses(line, &e) || e.Event == "" {
		d.answer.Noise(string(line))
		return false, nil
	}
	d.answer.Session(e.Conversation)
	switch {
	case e.Event == "init" && e.Init != nil:
		d.answer.Session(e.Init.Conversation)
		d.answer.Model(e.Init.Model)
	case e.Event == "step_update" && e.Step != nil:
		d.answer.Session(e.Step.Conversation)
		return false, d.step(e.Step)
	case e.Event == "result" && e.Result != nil:
		return true, d.end(e.Result)
	}
	return false, nil // what is unknown must not hurt
}

// step takes a piece of one step. Each step of the answer is a message of its own.
func (d *decoder) step(s *step) error {
	id := fmt.Sprintf("step-%d", s.Index)
	switch s.Type {
	case "agent_response":
		d.spoke = d.spoke || s.Delta != ""
		return d.answer.Text(id, s.Delta)
	case "thinking":
		return d.answer.Thinking(id, s.Delta)
	case "tool":
		return d.tool(id, s)
	case "error_message":
		if text := s.Delta + s.Error; text != "" {
			d.answer.Noise(text)
		}
	}
	return nil
}

// hostNames are the program's tools that the host has, too.
var hostNames = map[string]string{
	"run_command": "bash", "view_file": "read", "write_to_file": "write", "replace_file_content": "edit",
	"multi_replace_file_content": "edit", "find_by_name": "glob", "grep_search": "grep", "codebase_search": "grep",
}

func (d *decoder) tool(id string, s *step) error {
	if d.outputs == nil {
		d.outputs = make(map[int]string)
	}
	d.outputs[s.Index] += s.Delta
	tool := sdk.NativeTool{ID: id, Name: s.ToolName}
	if s.Tool != nil {
		if tool.Name == "" {
			tool.Name = s.Tool.Name
		}
		if len(s.Tool.Parameters) > 0 && s.Tool.Parameters[0] == '{' {
			tool.Input = s.Tool.Parameters
		}
	}
	if name := hostNames[tool.Name]; name != "" {
		tool.Name = name
	}
	if s.State != "DONE" {
		if tool.Name == "" {
			return nil // it is told by the next piece
		}
		return d.answer.ToolStarted(id, tool)
	}
	tool.Output, tool.IsError = d.outputs[s.Index]+s.Error, s.Error != ""
	return d.answer.ToolFinished(id, tool)
}

// end takes the last line. The status counts, whatever the exit status is; success
// may still mean that nothing was allowed.
func (d *decoder) end(r *result) error {
	d.answer.Session(r.Conversation)
	d.answer.End()
	d.answer.Usage(sdk.Usage{
		InputTokens: max(r.Usage.Input, 0), OutputTokens: max(r.Usage.Output, 0), ThinkingTokens: max(r.Usage.Thinking, 0),
		CacheReadTokens: max(r.Usage.CacheRead, 0), Turns: max(r.Turns, 0),
	})
	for _, denied := range r.Denied {
		d.answer.Denied(deniedName(denied))
	}
	if r.Status != "" && r.Status != "SUCCESS" {
		d.answer.Fail(cliprovider.Fault{Word: r.Status, Message: errorText(r)})
		return nil
	}
	if d.spoke {
		return nil
	}
	return d.answer.Text("result", r.Response)
}

func errorText(r *result) string {
	var text string
	var object struct {
		Message string `json:"message"`
	}
	switch {
	case json.Unmarshal(r.Error, &text) == nil && text != "":
		return text
	case shellout.Unmarshal(r.Error, &object) == nil && object.Message != "":
		return object.Message
	}
	return r.Response
}

func deniedName(data json.RawMessage) string {
	var text string
	if json.Unmarshal(data, &text) == nil {
		return text
	}
	var fields map[string]any
	_ = json.Unmarshal(data, &fields) // none: the data itself
	for _, name := range []string{"tool_name", "tool", "name", "action"} {
		if value, ok := fields[name].(string); ok && value != "" {
			return value
		}
	}
	return strings.TrimSpace(string(data))
}
