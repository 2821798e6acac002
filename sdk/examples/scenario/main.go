// Command jcode-provider-scenario is a whole provider in one file: instead of asking
// a model it plays a scenario, a file of JSON lines. The first line whose "on" is part
// of the last thing said, be it the prompt or a tool's result, is the answer:
//
//	{"on": "files", "text": "I look. ", "tool": "glob", "input": {"pattern": "*"}}
//	{"on": "busy", "error": {"kind": "overloaded", "message": "try later"}}
//	{"on": "", "text": "That is all I know."}
package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
	"github.com/jcode-go/jcode/sdk/transcript"
)

func main() { plugin.Main(&provider{}) }

// line is one answer of a scenario.
type line struct {
	On, Text, Tool string
	Input          json.RawMessage
	Error          *struct{ Kind, Message, Remedy string }
}

type provider struct {
	sdk.Defaults
	file string
}

func (*provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: "scenario", DisplayName: "Scenario", Version: "1.0.0", Capabilities: []string{sdk.CapabilityTools},
		DefaultModels: []sdk.Model{{ID: "scenario", Default: true}},
	}, nil
}

// Configure finds the file; by default it lies in the plugin's own folder.
func (p *provider) Configure(_ context.Context, c sdk.Config) error {
	p.file = cmp.Or(c.Settings["file"], c.Variables.Get("JCODE_SCENARIO_FILE"), filepath.Join(c.StateDir, "scenario.jsonl"))
	return nil
}

func (p *provider) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	return sdk.AuthStatus{State: sdk.AuthOK, Method: "none", Source: p.file, Billing: "costs nothing"}, nil
}

func (p *provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	answer, err := p.find(said(request.Messages))
	result := sdk.Result{StopReason: sdk.StopEndTurn, Model: "scenario"}
	events := []sdk.Event{sdk.Started{Model: "scenario"}, sdk.TextDelta{Text: answer.Text}}
	if answer.Tool != "" {
		result.StopReason = sdk.StopToolUse
		id := fmt.Sprintf("call-%d", len(request.Messages))
		events = append(events, sdk.ToolCallStart{ID: id, Name: answer.Tool}, sdk.ToolCallEnd{ID: id, Input: answer.Input})
	}
	for i := 0; i < len(events) && err == nil; i++ {
		err = cmp.Or(ctx.Err(), stream.Emit(events[i]))
	}
	return result, err
}

// said is the last thing said: text, or what a tool returned.
func said(messages []sdk.Message) string {
	blocks := messages[len(messages)-1].Blocks
	if result, ok := blocks[len(blocks)-1].(sdk.ToolResult); ok {
		blocks = result.Content
	}
	return transcript.ContentText(blocks)
}

// find returns the first line that answers what was said.
func (p *provider) find(said string) (line, error) {
	data, err := os.ReadFile(p.file)
	if err != nil {
		return line{}, &sdk.Error{Kind: sdk.KindConfiguration, Message: "no scenario", Err: err, Remedy: "write one to " + p.file}
	}
	for number, text := range strings.Split(strings.TrimSpace(string(data)), "\n") {
		answer := line{Input: json.RawMessage("{}")}
		if err := json.Unmarshal([]byte(text), &answer); err != nil {
			return line{}, &sdk.Error{Kind: sdk.KindConfiguration, Message: fmt.Sprintf("%s:%d: %v", p.file, number+1, err)}
		}
		if e := answer.Error; strings.Contains(said, answer.On) && e != nil {
			kind := slices.IndexFunc(sdk.Kinds(), func(k sdk.Kind) bool { return k.String() == e.Kind })
			return line{}, &sdk.Error{Kind: sdk.Kind(max(kind, 0)), Message: e.Message, Remedy: e.Remedy}
		} else if strings.Contains(said, answer.On) {
			return answer, nil
		}
	}
	return line{}, &sdk.Error{Kind: sdk.KindInvalidRequest, Message: "no line of " + p.file + " answers this"}
}
