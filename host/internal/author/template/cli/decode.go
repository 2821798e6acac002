package acmename

import (
	"encoding/json"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// line is what the program prints.
type line struct {
	Type    string          `json:"type"`
	Session string          `json:"session"`
	Model   string          `json:"model"`
	Text    string          `json:"text"`
	ID      string          `json:"id"`
	Name    string          `json:"name"`
	Input   json.RawMessage `json:"input"`
	Output  string          `json:"output"`
	Failed  bool            `json:"failed"`
	Message string          `json:"message"`
	Usage   struct {
		Input  int64 `json:"input"`
		Output int64 `json:"output"`
	} `json:"usage"`
}

// decoder reads the lines of one run.
type decoder struct{ answer *cliprovider.Answer }

// Line tells the answer what one line means. last says that nothing can follow.
func (d *decoder) Line(raw []byte) (last bool, err error) {
	var l line
	if !shellout.Parses(raw, &l) {
		d.answer.Noise(string(raw)) // it may say why the run failed
		return false, nil
	}
	switch l.Type {
	case "start":
		d.answer.Session(l.Session)
		d.answer.Model(l.Model)
	case "text":
		err = d.answer.Text("", l.Text)
	case "tool":
		err = d.answer.ToolStarted("", sdk.NativeTool{ID: l.ID, Name: l.Name, Input: l.Input})
	case "tool_end":
		err = d.answer.ToolFinished("", sdk.NativeTool{ID: l.ID, Output: shellout.ClipOutput(l.Output), IsError: l.Failed})
	case "error":
		d.answer.Fail(cliprovider.Fault{Message: l.Message})
	case "end":
		d.answer.Usage(sdk.Usage{InputTokens: l.Usage.Input, OutputTokens: l.Usage.Output})
		d.answer.End()
		return true, nil
	}
	return false, err
}
