package antigravity_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/plugins/antigravity"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

const (
	transcript = "Conversation:\nUser:\nhi\n\nAssistant:\n"
	initLine   = `{"event":"init","conversation_id":"c1","init":{"cwd":"/p","model":"gemini","permission_mode":"default"}}` + "\n"
)

func step(index int, kind, fields string) string {
	return fmt.Sprintf(`{"event":"step_update","step_update":{"conversation_id":"c1","step_index":%d,"state":"ACTIVE","step_type":%q%s}}`+"\n", index, kind, fields)
}

func say(index int, text string) string {
	return step(index, "agent_response", fmt.Sprintf(`,"text_delta":%q`, text))
}

func done(index int, kind, fields string) string {
	return strings.Replace(step(index, kind, fields), "ACTIVE", "DONE", 1)
}

func result(status, response, more string) string {
	return fmt.Sprintf(`{"event":"result","result":{"conversation_id":"c1","status":%q,"response":%q,"num_turns":1,"usage":{"input_tokens":3,"output_tokens":5}%s}}`+"\n", status, response, more)
}

func TestArguments(t *testing.T) {
	t.Parallel()
	fine := initLine + say(1, "fine") + result("SUCCESS", "fine", "")
	events := []string{"--input-format", "stream-json", "--output-format", "stream-json", "--print-timeout", "24h", "--add-dir", "DIR"}
	input := `{"event":"user","message":{"content":"Conversation:\nUser:\nhi\n\nAssistant:\n"}}` + "\n"
	with := func(more ...string) []string { return append(events[:len(events):len(events)], more...) }
	old := standincli.Program{{Arg: "--help", Scripts: []string{oldHelp}}, {Arg: "models", Scripts: []string{"m\n"}}, {Scripts: []string{"fine\n"}}}
	for name, tt := range map[string]struct {
		program   standincli.Program
		variables map[string]string
		mode      string
		want      []string
		stdin     string
	}{
		"the floor":         {plain("fine\n"), nil, "", []string{"--model", "default", "-p", transcript}, ""},
		"a model":           {plain("fine\n"), map[string]string{"JCODE_ANTIGRAVITY_MODEL": "m"}, "", []string{"--model", "m", "-p", transcript}, ""},
		"other flags":       {plain("fine\n"), map[string]string{"JCODE_ANTIGRAVITY_PROMPT_FLAG": "--ask", "JCODE_ANTIGRAVITY_MODEL_FLAG": "-M"}, "", []string{"-M", "default", "--ask", transcript}, ""},
		"no prompt flag":    {plain("fine\n"), map[string]string{"JCODE_ANTIGRAVITY_PROMPT_FLAG": ""}, "", []string{"--model", "default", transcript}, ""},
		"blank model flag":  {plain("fine\n"), map[string]string{"JCODE_ANTIGRAVITY_MODEL_FLAG": "  "}, "", []string{"-p", transcript}, ""},
		"probe off":         {modern("fine\n"), map[string]string{"JCODE_CLI_PROBE": "0"}, "", []string{"--model", "default", "-p", transcript}, ""},
		"before the events": {old, nil, "", []string{"--print-timeout", "24h", "--add-dir", "DIR", "-p", transcript}, ""},
		"today's":           {modern("!stdin\n" + fine), nil, "", with("--log-file", "LOG", "--print="), input},
		"today's, a model":  {modern("!stdin\n" + fine), map[string]string{"JCODE_ANTIGRAVITY_MODEL": "m"}, "", with("--log-file", "LOG", "--model", "m", "--print="), input},
		"today's, own flag": {modern(fine), map[string]string{"JCODE_ANTIGRAVITY_PROMPT_FLAG": "--prompt"}, "", append(events[2:len(events):len(events)], "--log-file", "LOG", "--prompt", transcript), ""},
		"read-only":         {modern("!stdin\n" + fine), nil, "read-only", with("--mode=plan", "--log-file", "LOG", "--print="), input},
		"edit":              {modern("!stdin\n" + fine), nil, "edit", with("--mode=accept-edits", "--log-file", "LOG", "--print="), input},
		"bypass":            {modern("!stdin\n" + fine), nil, "bypass", with("--dangerously-skip-permissions", "--log-file", "LOG", "--print="), input},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, tt.program, tt.variables)
			request := standincli.Prompt("hi")
			request.Limits = sdk.Limits{PermissionMode: tt.mode, PermissionModeExplicit: tt.mode != ""}
			stream, _, err := b.Generate(t.Context(), request)
			if err != nil || stream.Text() != "fine" {
				t.Fatalf("%q, %v", stream.Text(), err)
			}
			call := turn(t, b)
			for i, arg := range call.Args {
				switch {
				case arg == b.Config.WorkingDir:
					call.Args[i] = "DIR"
				case strings.HasPrefix(arg, b.Config.StateDir):
					call.Args[i] = "LOG"
				}
			}
			if d := cmp.Diff(tt.want, call.Args); d != "" || call.Stdin != tt.stdin {
				t.Errorf("stdin %q\n%s", call.Stdin, d)
			}
			if call.Pipe != (tt.stdin != "") {
				t.Error("an open pipe would be waited for")
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	const run = `,"tool_name":"run_command","tool_info":{"name":"run_command","parameters":{"command":"ls"}}`
	for name, tt := range map[string]struct{ script, want string }{
		"pieces":             {say(1, "Hel") + say(1, "lo") + result("SUCCESS", "Hello", ""), "text(step-1):Hel text(step-1):lo"},
		"steps":              {say(1, "Look") + step(2, "tool", run) + done(2, "tool", run+`,"text_delta":"a.go"`) + say(3, "Done") + result("SUCCESS", "LookDone", ""), `text(step-1):Look start:bash{"command":"ls"} end:bash=a.go text(step-3):Done`},
		"thinking":           {step(1, "thinking", `,"text_delta":"hm"`) + say(2, "x") + result("SUCCESS", "x", ""), "thinking:hm text(step-2):x"},
		"only a result":      {result("SUCCESS", "whole", ""), "text(result):whole"},
		"a tool that fails":  {done(1, "tool", run+`,"error":"no such folder"`) + say(2, "x") + result("SUCCESS", "x", ""), `start:bash{"command":"ls"} failed:bash=no such folder text(step-2):x`},
		"some things denied": {say(1, "x") + result("SUCCESS", "x", `,"denied_actions":[{"tool_name":"run_command"},"write"]`), "text(step-1):x"},
		"types of tomorrow":  {`{"event":"telepathy"}` + "\n" + step(1, "dream", "") + `{"event":7}` + "\n" + say(2, "x") + result("SUCCESS", "x", ""), "text(step-2):x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream, got, err := newBed(t, modern("!stdin\n"+initLine+tt.script), nil).Generate(t.Context(), standincli.Prompt("hi"))
			if d := cmp.Diff(tt.want, stream.Told()); d != "" || err != nil || got.StopReason != sdk.StopEndTurn || got.Model != "gemini" || got.Usage.OutputTokens != 5 {
				t.Errorf("%+v, %v\n%s", got, err, d)
			}
			if stream.Warned("tools_denied") != strings.Contains(name, "denied") {
				t.Error("warned of denials:", stream.Warned("tools_denied"))
			}
		})
	}
}

// The reported ways in which the program fails, each with what it leads to.
func TestReported(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		program standincli.Program
		kind    sdk.Kind
		remedy  string
	}{
		"an error with status 0":            {modern(initLine + result("ERROR", "", `,"error":"RESOURCE_EXHAUSTED: quota"`)), sdk.KindRateLimited, ""},
		"an error without a text":           {modern(initLine + result("ERROR", "", "")), sdk.KindInternal, "doctor"},
		"nothing on a pipe, status 0":       {plain(""), sdk.KindInternal, "doctor"},
		"success without an answer":         {modern(initLine + result("SUCCESS", "", "")), sdk.KindInternal, "doctor"},
		"denied, success and no answer":     {modern(initLine + result("SUCCESS", "", `,"denied_actions":["run_command"]`)), sdk.KindPermissionDenied, "bypass"},
		"denied, told on standard error":    {plain("!stderr tool run_command was auto-denied; see permissions.allow\n"), sdk.KindPermissionDenied, "permissions.allow"},
		"print timeout with half an answer": {modern(initLine + say(1, "half") + "!stderr [agy] print timeout after 5m0s with turn in progress; returning partial output\n!sleep 50\n" + result("SUCCESS", "half", "")), sdk.KindNetwork, "again"},
		"print timeout, plain":              {plain("half\n!stderr [agy] print timeout after 5m0s with turn in progress; returning partial output\n"), sdk.KindNetwork, "again"},
		"waits for a login":                 {plain("Authentication required. Please visit the URL to log in:\nhttps://accounts.google.com/o/oauth2\n!hang\n"), sdk.KindUnauthenticated, "jcode login --provider antigravity"},
		"waits for a login, on stderr":      {modern("!stderr Authentication required. Please visit the URL to log in:\n!hang\n"), sdk.KindUnauthenticated, "jcode login --provider antigravity"},
		"login timed out":                   {plain("!stderr Error: authentication timed out\n!exit 1\n"), sdk.KindUnauthenticated, "jcode login"},
		"quota only in the log":             {modern("!log E0726 quota: RESOURCE_EXHAUSTED\n" + initLine), sdk.KindRateLimited, ""},
		"unknown model":                     {plain("!stderr unknown model \"x\"\n!exit 1\n"), sdk.KindModelNotFound, "JCODE_ANTIGRAVITY_MODEL"},
		"no longer supported":               {plain("!stderr This version is no longer supported\n!exit 1\n"), sdk.KindCLIOutdated, "install"},
		"no end after it began":             {modern(initLine + say(1, "x")), sdk.KindNetwork, "doctor"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, err := newBed(t, tt.program, nil).Generate(t.Context(), standincli.Prompt("hi"))
			if e := sdk.AsError(err); err == nil || e.Kind != tt.kind || !strings.Contains(e.Remedy, tt.remedy) || got.StopReason != "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Now and then it takes itself for logged out and waits; asked again, it is not.
func TestLoggedOutNowAndThen(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern("Authentication required. Please visit the URL to log in:\n!hang\n", initLine+say(1, "x")+result("SUCCESS", "x", "")), nil)
	if stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil || stream.Text() != "x" {
		t.Errorf("%q, %v", stream.Text(), err)
	}
}

func TestConversation(t *testing.T) {
	t.Parallel()
	fine := "!stdin\n" + initLine + say(1, "x") + result("SUCCESS", "x", "")
	b := newBed(t, modern(fine, fine, "!stdin\n!stderr Error: conversation c1 not found\n!exit 1\n", fine), nil)
	request := standincli.Prompt("first")
	for _, next := range []string{"second", "third"} {
		_, got, err := b.Generate(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		request = standincli.Next(request, "antigravity", got, next)
	}
	call := turn(t, b)
	if i := slices.Index(call.Args, "--conversation"); i < 0 || call.Args[i+1] != "c1" || !strings.Contains(call.Stdin, `"content":"second"`) {
		t.Errorf("%v %q", call, call.Stdin)
	}
	stream, _, err := b.Generate(t.Context(), request)
	if call := turn(t, b); err != nil || !stream.Warned("session_lost") || slices.Contains(call.Args, "--conversation") || !strings.Contains(call.Stdin, "first") {
		t.Errorf("%v: %v %q", err, call, call.Stdin)
	}
}

// The editor's starter bears the agent's name.
func TestEditor(t *testing.T) {
	t.Parallel()
	editor := standincli.Program{{Arg: "--help", Scripts: []string{ideHelp}}, {Scripts: []string{"!touch opened\n"}}}
	_, _, err := newBed(t, editor, nil).Generate(t.Context(), standincli.Prompt("hi"))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindCLIMissing || !strings.Contains(e.Message, "the editor") {
		t.Errorf("named: %v", err)
	}
	cli := standincli.New(t, "antigravity", editor)
	b := standincli.NewBed(t, antigravity.New(""), cli, "", nil)
	_, _, err = b.Generate(t.Context(), standincli.Prompt("hi"))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindCLIMissing || len(cli.Calls()) != 1 {
		t.Errorf("in PATH: %v after %v", err, cli.Calls())
	}
	agy := standincli.New(t, "agy", modern(initLine+say(1, "x")+result("SUCCESS", "x", "")))
	b = standincli.NewBed(t, antigravity.New(""), agy, "", nil)
	if _, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil {
		t.Error("agy:", err)
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	with := func(models string) standincli.Program {
		return standincli.Program{{Arg: "--help", Scripts: []string{modernHelp}}, {Arg: "models", Scripts: []string{models}}}
	}
	for name, tt := range map[string]struct {
		program standincli.Program
		state   sdk.AuthState
	}{
		"in":              {with("a\tA\n"), sdk.AuthOK},
		"out":             {with("!stderr Authentication required.\n!exit 1\n"), sdk.AuthMissing},
		"cannot tell":     {with("!stderr odd\n!exit 1\n"), sdk.AuthUnknown},
		"cannot be asked": {plain("a\n"), sdk.AuthUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := newBed(t, tt.program, nil).Provider.AuthStatus(t.Context(), true); err != nil || got.State != tt.state {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(), nil)
	got, err := b.Provider.ListModels(t.Context())
	want := []sdk.Model{{ID: "gemini-3.7-flash-low", DisplayName: "Gemini 3.7 Flash"}, {ID: "m", DisplayName: "M"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
	request := standincli.Prompt("hi")
	request.Model = "gpt-9"
	if _, _, err := b.Generate(t.Context(), request); sdk.KindOf(err) != sdk.KindModelNotFound {
		t.Error("a model that is not in the list:", err)
	}
}

// quiet is a login without a terminal: nobody answers, nothing is shown.
type quiet struct{ sdk.LoginUI }

func (quiet) Notice(context.Context, string) error         { return nil }
func (quiet) Progress(context.Context, sdk.Progress) error { return nil }

// The specified command logs in; a program whose help does not list it signs in when it
// is used, which takes a terminal.
func TestLogin(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		help, script string
		kind         sdk.Kind
		asked        int
	}{
		"the floor":           {"", "signed in\n", 0, 1},
		"its help lists it":   {modernHelp + "  login    sign in\n", "signed in\n", 0, 2},
		"it does not":         {modernHelp, "", sdk.KindInteractionRequired, 0},
		"it turns out not to": {"", "!exit 2\n", sdk.KindInteractionRequired, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, standincli.Program{
				{Arg: "--help", Scripts: []string{tt.help}}, {Arg: "login", Scripts: []string{tt.script}}, {Arg: "models", Scripts: []string{"m\tM\n"}},
			}, nil)
			_, err := b.Provider.Login(t.Context(), sdk.LoginRequest{Headless: true}, quiet{})
			if (err != nil) != (tt.kind != 0) || err != nil && sdk.KindOf(err) != tt.kind {
				t.Error(err)
			}
			if asked := b.CLI.With("login"); len(asked) != tt.asked {
				t.Errorf("asked %v", asked)
			}
		})
	}
}
