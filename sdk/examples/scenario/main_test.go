package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
)

const scenario = `{"on": "say it", "text": "so: say it, word by word"}
{"on": "files", "text": "I look. ", "tool": "glob", "input": {"pattern": "*"}}
{"on": "busy", "error": {"kind": "overloaded", "message": "try later", "remedy": "wait"}}
{"on": "main.go", "text": "There is main.go."}
`

func prompt(text string) *sdk.Request {
	return &sdk.Request{Messages: []sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}}}
}

func scenarioFile(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "scenario.jsonl")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestConformance(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "jcode-provider-scenario")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	if out, err := exec.CommandContext(t.Context(), "go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	providertest.Run(t, providertest.Subject{
		New: func() sdk.Provider { return &provider{} }, Path: binary, Slack: 10,
		Config: sdk.Config{Settings: map[string]string{"file": scenarioFile(t, scenario)}},
		Fixtures: providertest.Fixtures{
			Tool: prompt("which files?"),
			Failure: func(kind sdk.Kind) (*sdk.Request, *sdk.Error) {
				if kind != sdk.KindOverloaded {
					return nil, nil
				}
				return prompt("busy?"), &sdk.Error{Kind: kind}
			},
		},
	})
}

// answer plays one request and returns the text and the tool of the answer.
func answer(t *testing.T, file string, request *sdk.Request) (text, tool string, err error) {
	t.Helper()
	p := &provider{}
	if err := p.Configure(t.Context(), sdk.Config{Settings: map[string]string{"file": file}}); err != nil {
		t.Fatal(err)
	}
	events := &recorder{}
	_, err = p.Generate(t.Context(), request, events)
	return events.TextString(), events.tool, err
}

type recorder struct {
	sdk.Accumulator
	sdk.Stream
	tool string
}

// Emit keeps the text and the name of the tool.
func (r *recorder) Emit(event sdk.Event) error {
	if call, ok := event.(sdk.ToolCallStart); ok {
		r.tool = call.Name
	}
	return r.Add(event)
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	file := scenarioFile(t, scenario)
	result := prompt("which files?")
	result.Messages = append(result.Messages, sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{
		sdk.ToolResult{ToolCallID: "1", Content: []sdk.Block{sdk.Text{Text: "main.go"}}},
	}})
	tests := map[string]struct {
		file             string
		request          *sdk.Request
		text, tool, fail string
		kind             sdk.Kind
	}{
		"text":     {file, prompt("say it"), "so: say it, word by word", "", "", 0},
		"tool":     {file, prompt("which files?"), "I look. ", "glob", "", 0},
		"result":   {file, result, "There is main.go.", "", "", 0},
		"error":    {file, prompt("busy?"), "", "", "try later", sdk.KindOverloaded},
		"no line":  {file, prompt("else"), "", "", "no line", sdk.KindInvalidRequest},
		"no file":  {file + "x", prompt("say it"), "", "", "no scenario", sdk.KindConfiguration},
		"bad line": {scenarioFile(t, "{\n"), prompt("say it"), "", "", ":1: ", sdk.KindConfiguration},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			text, tool, err := answer(t, test.file, test.request)
			if test.fail != "" {
				if err == nil || sdk.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.fail) {
					t.Fatalf("%v (%v), want %s", err, sdk.KindOf(err), test.fail)
				}
				return
			}
			if err != nil || text != test.text || tool != test.tool {
				t.Errorf("%q %q %v", text, tool, err)
			}
		})
	}
}

// TestShort keeps the promise that a provider fits on two pages.
func TestShort(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("main.go")
	if lines := strings.Count(string(source), "\n"); err != nil || lines >= 100 {
		t.Errorf("main.go has %d lines: %v", lines, err)
	}
}
