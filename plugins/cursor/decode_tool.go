package cursor

import (
	"encoding/json"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// hostNames are the program's tools that the host has, too. The others keep their
// own names.
var hostNames = map[string]string{
	"shell": "bash", "read": "read", "write": "write", "edit": "edit", "glob": "glob", "grep": "grep",
	"task": "task", "readTodos": "todoread", "updateTodos": "todowrite",
}

// toolCall is one tool as its event tells it, under a name such as "readToolCall".
type toolCall struct {
	Args      json.RawMessage            `json:"args"`
	Result    map[string]json.RawMessage `json:"result"`
	Name      string                     `json:"name"`      // of a "function"
	Arguments string                     `json:"arguments"` // of a "function", JSON as a text
}

func (d *decoder) tool(e *event) error {
	tool, call := readTool(e)
	if tool.Name == "" {
		return nil
	}
	message := d.message()
	if d.pieces || d.whole != "" {
		d.section++
	}
	d.whole = ""
	if e.Subtype != "completed" {
		return d.answer.ToolStarted(message, tool)
	}
	tool.Output, tool.IsError, tool.Denied = outcomeOf(call.Result)
	return d.answer.ToolFinished(message, tool)
}

// readTool finds the tool among the fields of the event.
func readTool(e *event) (sdk.NativeTool, toolCall) {
	for key, data := range e.Tool {
		var call toolCall
		if shellout.Unmarshal(data, &call) != nil {
			continue
		}
		name, ok := strings.CutSuffix(key, "ToolCall")
		if key == "function" {
			name, ok = call.Name, call.Name != ""
			call.Args = json.RawMessage(call.Arguments)
		}
		if !ok {
			continue
		}
		if known := hostNames[name]; known != "" {
			name = known
		}
		return sdk.NativeTool{ID: e.ToolID, Name: name, Input: object(call.Args)}, call
	}
	return sdk.NativeTool{}, toolCall{}
}

// object is data if it is a JSON object, else none.
func object(data json.RawMessage) json.RawMessage {
	var fields map[string]json.RawMessage
	if json.Unmarshal(data, &fields) != nil || fields == nil {
		return json.RawMessage("{}")
	}
	return data
}

// outcomeOf reads what came of a tool.
func outcomeOf(result map[string]json.RawMessage) (output string, isError, denied bool) {
	for _, key := range []string{"rejected", "error", "failure"} {
		if data, ok := result[key]; ok {
			return outputOf(data), true, key == "rejected"
		}
	}
	if data, ok := result["success"]; ok {
		return outputOf(data), false, false
	}
	for _, data := range result {
		return outputOf(data), false, false
	}
	return "", false, false
}

// outputOf is the text of a result, or the result itself where it has none that is
// known.
func outputOf(data json.RawMessage) string {
	var fields struct {
		Stdout  string `json:"stdout"`
		Stderr  string `json:"stderr"`
		Content string `json:"content"`
		Reason  string `json:"reason"`
		Message string `json:"message"`
	}
	var text string
	if json.Unmarshal(data, &text) == nil {
		return text
	}
	if shellout.Unmarshal(data, &fields) == nil {
		parts := []string{fields.Stdout, fields.Stderr, fields.Content, fields.Reason, fields.Message}
		if text = strings.Join(parts, ""); text != "" {
			return text
		}
	}
	return string(data)
}
