package scripted_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/scripted"
)

// stream keeps the events of an answer.
type stream struct{ events []sdk.Event }

func (s *stream) Emit(event sdk.Event) error { s.events = append(s.events, event); return nil }
func (*stream) Ask(_ context.Context, r sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{Allow: true, Message: r.Tool}, nil
}

func (*stream) Interrupted() <-chan struct{} {
	closed := make(chan struct{})
	close(closed)
	return closed
}

func (s *stream) text() string {
	var text strings.Builder
	for _, event := range s.events {
		if e, ok := event.(sdk.TextDelta); ok {
			text.WriteString(e.Text)
		}
	}
	return text.String()
}

func play(t *testing.T, p *scripted.Provider, request *sdk.Request) (*stream, sdk.Result, error) {
	t.Helper()
	s := &stream{}
	result, err := p.Generate(t.Context(), request, s)
	return s, result, err
}

func user(blocks ...sdk.Block) sdk.Message {
	return sdk.Message{Role: sdk.RoleUser, Blocks: blocks}
}

func assistant(text string) sdk.Message {
	return sdk.Message{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

// TestTurns picks the turn of a script by what the request holds.
func TestTurns(t *testing.T) {
	t.Parallel()
	script, err := scripted.Parse([]byte(`{"turns":[
		{"when":{"prompt":"weather"},"steps":[{"text":"sunny"}]},
		{"when":{"tool_result":"FAIL"},"steps":[{"text":"it fails"}]},
		{"when":{"failed":true},"steps":[{"text":"a tool broke"}]},
		{"when":{"model":"scripted-2","after":0},"steps":[{"text":"second model"}]},
		{"steps":[{"text":"never: it is turn 4"}]},
		{"when":{"after":0},"steps":[{"text":"first"}]},
		{"when":{"after":1},"steps":[{"text":"second"}]}
	]}`))
	if err != nil {
		t.Fatal(err)
	}
	result := func(text string, failed bool) sdk.Block {
		return sdk.ToolResult{ToolCallID: "c", IsError: failed, Content: []sdk.Block{sdk.Text{Text: text}}}
	}
	tests := map[string]struct {
		request sdk.Request
		want    string
	}{
		"by prompt":         {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "the weather?"})}}, "sunny"},
		"by result":         {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "go"}), assistant("x"), user(result("--- FAIL", false))}}, "it fails"},
		"by failure":        {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "go"}), assistant("x"), user(result("no", true))}}, "a tool broke"},
		"by model":          {sdk.Request{Model: "scripted-2", Messages: []sdk.Message{user(sdk.Text{Text: "go"})}}, "second model"},
		"by count":          {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "go"})}}, "first"},
		"by count later":    {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "go"}), assistant("x"), user(result("ok", false))}}, "second"},
		"old result":        {sdk.Request{Messages: []sdk.Message{user(result("FAIL", true)), assistant("x"), user(sdk.Text{Text: "go"})}}, "first"},
		"nothing fits":      {sdk.Request{Messages: []sdk.Message{user(sdk.Text{Text: "go"}), assistant("1"), user(), assistant("2"), user()}}, "You said: go"},
		"an empty request ": {sdk.Request{}, "first"},
	}
	for name, test := range tests {
		s, _, err := play(t, &scripted.Provider{Script: script}, &test.request)
		if err != nil || s.text() != test.want {
			t.Errorf("%s: %q, %v", name, s.text(), err)
		}
	}
}

// TestSequence: turns without a condition follow each other.
func TestSequence(t *testing.T) {
	t.Parallel()
	request := scripted.Request(
		scripted.Turn{Steps: []scripted.Step{{ToolCall: &scripted.ToolCall{ID: "c", Name: "bash", Input: []byte(`{"command":"ls"}`), Fragments: 3}}}},
		scripted.Turn{Steps: []scripted.Step{{Text: "done"}}},
	)
	s, result, err := play(t, &scripted.Provider{}, request)
	if err != nil || result.StopReason != sdk.StopToolUse || len(s.events) != 1+1+3+1 {
		t.Fatalf("%v %v %v", s.events, result, err)
	}
	request.Messages = append(request.Messages, assistant("x"), user(sdk.ToolResult{ToolCallID: "c"}))
	s, result, err = play(t, &scripted.Provider{}, request)
	if err != nil || result.StopReason != sdk.StopEndTurn || s.text() != "done" {
		t.Fatalf("%v %v %v", s.events, result, err)
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		step scripted.Step
		want []sdk.Event
	}{
		"text":     {scripted.Step{Message: "m", Text: "a", Repeat: 2}, []sdk.Event{sdk.TextDelta{MessageID: "m", Text: "a"}, sdk.TextDelta{MessageID: "m", Text: "a"}}},
		"large":    {scripted.Step{Large: 3}, []sdk.Event{sdk.TextDelta{Text: "xxx"}}},
		"thinking": {scripted.Step{Thinking: &scripted.Thinking{Text: "h", Signature: "s", Opaque: []byte{1}}}, []sdk.Event{sdk.ThinkingDelta{Text: "h", Signature: "s", Opaque: []byte{1}}}},
		"empty call": {scripted.Step{ToolCall: &scripted.ToolCall{ID: "c", Name: "n"}}, []sdk.Event{
			sdk.ToolCallStart{ID: "c", Name: "n"}, sdk.ToolCallEnd{ID: "c", Input: []byte(`{}`)},
		}},
		"malformed call": {scripted.Step{ToolCall: &scripted.ToolCall{ID: "c", Name: "n", Malformed: "{x"}}, []sdk.Event{
			sdk.ToolCallStart{ID: "c", Name: "n"}, sdk.ToolCallDelta{ID: "c", JSON: "{x"}, sdk.ToolCallEnd{ID: "c", Malformed: "{x"},
		}},
		"native": {scripted.Step{Native: &sdk.NativeTool{ID: "n", Output: "x"}}, []sdk.Event{
			sdk.NativeToolEvent{Tool: sdk.NativeTool{ID: "n"}}, sdk.NativeToolEvent{Phase: sdk.NativeToolFinished, Tool: sdk.NativeTool{ID: "n", Output: "x"}},
		}},
		"retry":     {scripted.Step{Retry: &sdk.RetryEvent{Attempt: 2}}, []sdk.Event{sdk.RetryEvent{Attempt: 2}}},
		"limit":     {scripted.Step{Limit: &sdk.RateLimit{Window: "w"}}, []sdk.Event{sdk.RateLimit{Window: "w"}}},
		"usage":     {scripted.Step{Usage: &sdk.Usage{InputTokens: 1}}, []sdk.Event{sdk.UsageEvent{Usage: sdk.Usage{InputTokens: 1}}}},
		"warning":   {scripted.Step{Warning: &sdk.WarningEvent{Code: "c"}}, []sdk.Event{sdk.WarningEvent{Code: "c"}}},
		"retract":   {scripted.Step{Retract: "m"}, []sdk.Event{sdk.Retract{MessageID: "m"}}},
		"started":   {scripted.Step{Started: &sdk.Started{Model: "x"}}, []sdk.Event{sdk.Started{Model: "x"}}},
		"ask":       {scripted.Step{Ask: &sdk.PermissionRequest{Tool: "bash"}}, []sdk.Event{sdk.TextDelta{Text: "allowed:true bash"}}},
		"interrupt": {scripted.Step{Interrupt: true}, nil},
		"delay":     {scripted.Step{DelayMS: 1}, nil},
		"stubborn":  {scripted.Step{Stubborn: 1}, nil},
		"state":     {scripted.Step{EchoState: true}, []sdk.Event{sdk.TextDelta{Text: "state:before"}}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := scripted.Request(scripted.Turn{Steps: []scripted.Step{test.step}})
			request.ProviderState = []byte("before")
			s, result, err := play(t, &scripted.Provider{}, request)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, s.events[1:], cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
			if test.step.EchoState && string(result.ProviderState) != "before" {
				t.Errorf("state %q", result.ProviderState)
			}
		})
	}
}

func TestErrors(t *testing.T) {
	t.Parallel()
	for _, kind := range sdk.Kinds() {
		_, _, err := play(t, &scripted.Provider{}, scripted.Request(scripted.Turn{Steps: []scripted.Step{
			{Error: &scripted.Error{Kind: kind.String(), HTTPStatus: 418}},
		}}))
		if sdk.KindOf(err) != kind || sdk.AsError(err).HTTPStatus != 418 {
			t.Errorf("%v: %v", kind, err)
		}
	}
	for name, step := range map[string]scripted.Step{
		"no such kind":  {Error: &scripted.Error{Kind: "bad mood"}},
		"no such crash": {Crash: "slowly"},
		"failing child": {Child: "exit 3"},
	} {
		if _, _, err := play(t, &scripted.Provider{}, scripted.Request(scripted.Turn{Steps: []scripted.Step{step}})); sdk.KindOf(err) != sdk.KindInternal {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCancelled(t *testing.T) {
	t.Parallel()
	for name, step := range map[string]scripted.Step{"delay": {DelayMS: -1}, "child": {Child: "sleep 300"}} {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		_, err := (&scripted.Provider{}).Generate(ctx, scripted.Request(scripted.Turn{Steps: []scripted.Step{step}}), &stream{})
		if sdk.KindOf(err) != sdk.KindCancelled {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestConfigure(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "script.json")
	if err := os.WriteFile(path, []byte(`{"needs_key":true,"turns":[{"steps":[{"text":"from the file"}]}]}`), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]sdk.Config{
		"setting":  {Settings: map[string]string{scripted.SettingScript: path}},
		"variable": {Variables: sdk.Variables{scripted.VariableScript: sdk.NewSecret(path)}},
	} {
		p := &scripted.Provider{}
		if err := p.Configure(t.Context(), config); err != nil {
			t.Fatal(err)
		}
		if s, _, err := play(t, p, &sdk.Request{}); err != nil || s.text() != "from the file" {
			t.Errorf("%s: %q %v", name, s.text(), err)
		}
		if auth, err := p.AuthStatus(t.Context(), false); err != nil || auth.State != sdk.AuthMissing {
			t.Errorf("%s: %+v %v", name, auth, err)
		}
	}
	bad := sdk.Config{Settings: map[string]string{scripted.SettingScript: path + ".missing"}}
	if err := (&scripted.Provider{}).Configure(t.Context(), bad); sdk.KindOf(err) != sdk.KindConfiguration {
		t.Error(err)
	}
}

func TestParseRefusesTypos(t *testing.T) {
	t.Parallel()
	for _, text := range []string{`{"turn":[]}`, `{"turns":[{"steps":[{"txt":"x"}]}]}`, `[]`, ``} {
		if _, err := scripted.Parse([]byte(text)); err == nil {
			t.Errorf("%q passed", text)
		}
	}
}
