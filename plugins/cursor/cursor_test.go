package cursor_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/plugins/cursor"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

const transcript = "Conversation:\nUser:\nhi\n\nAssistant:\n"

// What the program is called with: as ever, where its help proves nothing.
func TestArguments(t *testing.T) {
	t.Parallel()
	auto := map[string]string{"JCODE_CURSOR_MODEL": "auto"}
	good := `{"type":"result","subtype":"success","result":"fine","session_id":"s1"}` + "\n"
	for name, tt := range map[string]struct {
		program   standincli.Program
		variables map[string]string
		mode      string
		want      []string
		stdin     string
	}{
		"the floor":           {plain("fine\n"), nil, "", []string{"-p", "--print", "--output-format", "text", "--model", "gpt-5", transcript}, ""},
		"the floor, a model":  {plain("fine\n"), auto, "", []string{"-p", "--print", "--output-format", "text", "--model", "auto", transcript}, ""},
		"probe off":           {modern("fine\n"), map[string]string{"JCODE_CLI_PROBE": "0"}, "", []string{"-p", "--print", "--output-format", "text", "--model", "gpt-5", transcript}, ""},
		"today's":             {modern("!stdin\n" + good), auto, "", []string{"-p", "--output-format", "stream-json", "--stream-partial-output", "--trust", "--model", "auto"}, transcript},
		"today's, no model":   {modern("!stdin\n" + good), map[string]string{"JCODE_CURSOR_MODEL": "default"}, "", []string{"-p", "--output-format", "stream-json", "--stream-partial-output", "--trust"}, transcript},
		"today's, its choice": {modern("!stdin\n" + good), nil, "", []string{"-p", "--output-format", "stream-json", "--stream-partial-output", "--trust", "--model", "auto"}, transcript},
		"read-only":           {modern("!stdin\n" + good), auto, "read-only", []string{"-p", "--output-format", "stream-json", "--stream-partial-output", "--trust", "--mode=ask", "--model", "auto"}, transcript},
		"bypass":              {modern("!stdin\n" + good), auto, "bypass", []string{"-p", "--output-format", "stream-json", "--stream-partial-output", "--trust", "--force", "--model", "auto"}, transcript},
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
			call := turns(b)[0]
			if d := cmp.Diff(tt.want, call.Args); d != "" || call.Stdin != tt.stdin {
				t.Errorf("stdin %q\n%s", call.Stdin, d)
			}
			if value, _ := call.Value("NO_OPEN_BROWSER"); value != "1" {
				t.Error("it may open a browser")
			}
		})
	}
}

// A mode that the program cannot keep is refused, not ignored.
func TestModes(t *testing.T) {
	t.Parallel()
	for mode, p := range map[string]standincli.Program{"edit": modern("x\n"), "auto": modern("x\n"), "read-only": plain("x\n"), "bypass": plain("x\n")} {
		b := newBed(t, p, nil)
		request := standincli.Prompt("hi")
		request.Limits = sdk.Limits{PermissionMode: mode, PermissionModeExplicit: true}
		_, _, err := b.Generate(t.Context(), request)
		if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindConfiguration || !strings.Contains(e.Message, "--permission-mode "+mode) || !strings.Contains(e.Message, "cursor") || len(turns(b)) > 0 {
			t.Errorf("%s: %v", mode, err)
		}
	}
}

func assistant(text, extra string) string {
	return `{"type":"assistant","message":{"role":"assistant","content":[{"type":"text","text":"` + text + `"}]},"session_id":"s1"` + extra + "}\n"
}

func result(text string) string {
	return `{"type":"result","subtype":"success","is_error":false,"result":"` + text + `","session_id":"s1","usage":{"inputTokens":3,"outputTokens":5}}` + "\n"
}

const (
	initLine  = `{"type":"system","subtype":"init","session_id":"s1","model":"GPT-5.2","apiKeySource":"login","permissionMode":"default"}` + "\n"
	piece     = `,"timestamp_ms":1`
	repeated  = `,"timestamp_ms":2,"model_call_id":"c1"`
	toolStart = `{"type":"tool_call","subtype":"started","call_id":"t1","tool_call":{"shellToolCall":{"args":{"command":"ls"}}},"session_id":"s1"}` + "\n"
	toolEnd   = `{"type":"tool_call","subtype":"completed","call_id":"t1","tool_call":{"shellToolCall":{"args":{"command":"ls"},"result":{"success":{"stdout":"a.go\n","exitCode":0}}}},"session_id":"s1"}` + "\n"
)

// The forms in which text comes: pieces, repetitions before a tool and at the end,
// whole messages, only a result.
func TestText(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ script, want string }{
		"pieces and the final copy":     {assistant("Hel", piece) + assistant("lo", piece) + assistant("Hello", "") + result("Hello"), "text(m1):Hel text(m1):lo"},
		"pieces repeated before a tool": {assistant("Look", piece) + assistant("Look", repeated) + toolStart + toolEnd + assistant("Do", piece) + assistant("ne", piece) + assistant("LookDone", "") + result("LookDone"), `text(m1):Look start:bash{"command":"ls"} end:bash=a.go` + "\n text(m3):Do text(m3):ne"},
		"two tools, repeated twice":     {assistant("Look", piece) + assistant("Look", repeated) + toolStart + assistant("Look", repeated) + strings.ReplaceAll(toolStart, "t1", "t2") + assistant("Done", piece) + result("Done"), `text(m1):Look start:bash{"command":"ls"} start:bash{"command":"ls"} text(m3):Done`},
		"whole messages":                {assistant("One", "") + toolStart + toolEnd + assistant("Two", "") + result("Two"), `text(m1):One start:bash{"command":"ls"} end:bash=a.go` + "\n text(m3):Two"},
		"only a result":                 {result("fine"), "text(m1):fine"},
		"only the repetition":           {assistant("fine", repeated) + result("fine"), "text(m1):fine"},
		"thinking":                      {`{"type":"thinking","subtype":"delta","text":"hm","session_id":"s1"}` + "\n" + assistant("x", piece) + result("x"), "thinking:hm text(m1):x"},
		"the user's echo and others":    {`{"type":"user","message":{"content":[{"type":"text","text":"hi"}]}}` + "\n" + `{"type":"interaction_query"}` + "\n" + `{"type":"new","x":[1]}` + "\n" + result("x"), "text(m1):x"},
		"with a wrapper's prefix":       {"stdout: " + assistant("x", "") + result("x"), "text(m1):x"},
		"a tool of an unknown kind":     {`{"type":"tool_call","subtype":"completed","call_id":"t2","tool_call":{"function":{"name":"mcp_search","arguments":"{\"q\":1}"},"other":7}}` + "\n" + result("x"), `start:mcp_search{"q":1} end:mcp_search= text(m1):x`},
		"a tool that fails":             {strings.Replace(toolEnd, `"success":{"stdout":"a.go\n","exitCode":0}`, `"error":{"message":"no such folder"}`, 1) + result("x"), `start:bash{"command":"ls"} failed:bash=no such folder text(m1):x`},
		"a tool that is not allowed":    {strings.Replace(toolEnd, `"success":{"stdout":"a.go\n","exitCode":0}`, `"rejected":{"reason":"needs approval"}`, 1) + result("x"), `start:bash{"command":"ls"} denied:bash=needs approval text(m1):x`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern("!stdin\n"+initLine+tt.script), nil)
			stream, got, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if d := cmp.Diff(tt.want, stream.Told()); d != "" || err != nil || got.StopReason != sdk.StopEndTurn || got.Model != "GPT-5.2" || got.Usage.OutputTokens != 5 {
				t.Errorf("%+v, %v\n%s", got, err, d)
			}
		})
	}
}

// The reported ways in which the program fails, each with what it leads to.
func TestReported(t *testing.T) {
	t.Parallel()
	const trust = "⚠ Workspace Trust Required\n\nPass --trust, --yolo, or -f\n"
	for name, tt := range map[string]struct {
		program standincli.Program
		kind    sdk.Kind
		remedy  string
	}{
		"trust refused with status 0":  {plain(trust), sdk.KindInteractionRequired, "trust it"},
		"trust refused as events":      {modern(trust), sdk.KindInteractionRequired, "trust it"},
		"trust waited for":             {modern("!stderr Workspace Trust Required\n!hang\n"), sdk.KindInteractionRequired, "trust it"},
		"logged out":                   {modern("!stderr Error: Authentication required. Please run 'agent login' first, or set CURSOR_API_KEY environment variable.\n!exit 1\n"), sdk.KindUnauthenticated, "jcode login --provider cursor"},
		"status says yes, the turn no": {modern("!stderr Error: Not logged in\n!exit 1\n"), sdk.KindUnauthenticated, "CURSOR_API_KEY"},
		"invalid key":                  {plain("!stderr Invalid API key\n!exit 1\n"), sdk.KindUnauthenticated, "CURSOR_API_KEY"},
		"usage limit":                  {modern("!stderr You've hit your usage limit, it resets on Monday\n!exit 1\n"), sdk.KindRateLimited, ""},
		"outdated":                     {modern("!stderr Update Required\n!exit 1\n"), sdk.KindCLIOutdated, "cursor-agent update"},
		"no end after it began":        {modern(initLine + assistant("x", piece)), sdk.KindNetwork, "doctor"},
		"an end that is an error":      {modern(initLine + `{"type":"result","subtype":"error","is_error":true,"result":"Cannot use this model: x","session_id":"s1"}` + "\n"), sdk.KindModelNotFound, "JCODE_CURSOR_MODEL"},
		"an error event":               {modern(initLine + `{"type":"error","error":{"message":"Request failed with status code 429"}}` + "\n" + result("")), sdk.KindRateLimited, ""},
		"nothing at all":               {plain(""), sdk.KindInternal, "doctor"},
		"a picker without a terminal":  {plain("!stderr ERROR Raw mode is not supported on the current process.stdin\n!exit 1\n"), sdk.KindInteractionRequired, "once"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, err := newBed(t, tt.program, map[string]string{"JCODE_CURSOR_MODEL": "auto"}).Generate(t.Context(), standincli.Prompt("hi"))
			if e := sdk.AsError(err); err == nil || e.Kind != tt.kind || !strings.Contains(e.Remedy, tt.remedy) || got.StopReason != "" {
				t.Errorf("%+v", e)
			}
		})
	}
}

// A successful run may quote any of these.
func TestQuotationsAreNoFailures(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(initLine+assistant("Not logged in. Workspace Trust Required: usage limit", "")+result("x")), nil)
	if _, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil {
		t.Error(err)
	}
}

// gpt-5 is refused by today's versions, and a refused model sticks to the program's
// configuration until auto is asked for.
func TestDefaultModelIsGone(t *testing.T) {
	t.Parallel()
	b := newBed(t, plain("!stderr Cannot use this model: gpt-5. Available models: auto\n!exit 1\n", "fine\n"), nil)
	stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if err != nil || !stream.Warned("model_substituted") || !strings.Contains(turns(b)[1].String(), `"--model" "auto"`) {
		t.Errorf("%v: %v", turns(b), err)
	}
	named := newBed(t, modern(), map[string]string{"JCODE_CURSOR_MODEL": "gpt-5"})
	_, _, err = named.Generate(t.Context(), standincli.Prompt("hi"))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindModelNotFound || !strings.Contains(e.Remedy, "JCODE_CURSOR_MODEL") || len(turns(named)) > 0 {
		t.Errorf("%+v after %v", e, turns(named))
	}
}

// The program need not leave after it has answered.
func TestStaysAfterTheResult(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(initLine+result("fine")+"!hang\n"), nil)
	if stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil || stream.Text() != "fine" {
		t.Errorf("%q, %v", stream.Text(), err)
	}
}

// The first byte of a prompt must not be one that the program takes for a command.
func TestAmpersand(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern("!stdin\n"+initLine+result("fine")), nil)
	first := standincli.Prompt("& to the cloud")
	_, got, err := b.Generate(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.Generate(t.Context(), standincli.Next(first, "cursor", got, "& again")); err != nil {
		t.Fatal(err)
	}
	calls := turns(b)
	if strings.HasPrefix(calls[0].Stdin, "&") || calls[1].Stdin != "User:\n& again" || !strings.Contains(calls[1].String(), `"--resume" "s1"`) {
		t.Errorf("%v %q", calls[1], calls[1].Stdin)
	}
}

// Other vendors have a program called agent, too.
func TestAgent(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		help string
		ok   bool
	}{"Cursor's": {modernHelp, true}, "another vendor's": {"Usage: agent\n  Grok's agent\n", false}, "silent": {"", false}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := modern(initLine + result("fine"))
			p[0].Scripts = []string{tt.help}
			cli := standincli.New(t, "agent", p)
			b := standincli.NewBed(t, cursor.New(""), cli, "", nil)
			_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if (err == nil) != tt.ok || err != nil && sdk.KindOf(err) != sdk.KindCLIMissing {
				t.Error(err)
			}
		})
	}
}

func TestAuth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		status  string
		state   sdk.AuthState
		account string
	}{
		"in":            {"✓ Logged in as me@example.com\n", sdk.AuthOK, "me@example.com"},
		"out, status 0": {"Not logged in\n", sdk.AuthMissing, ""},
		"in, JSON":      {"{\n \"status\":\"authenticated\",\n \"isAuthenticated\": true, \"userInfo\":{\"email\":\"me@example.com\"}\n}\n", sdk.AuthOK, "me@example.com"},
		"out, JSON":     {"{\"isAuthenticated\": false}\n", sdk.AuthMissing, ""},
		"on stderr":     {"!stderr Error: login required\n!exit 1\n", sdk.AuthMissing, ""},
		"garbage":       {"what?\n", sdk.AuthUnknown, ""},
		"crash":         {"!raise 9\n", sdk.AuthUnknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := newBed(t, standincli.Program{{Arg: "--help"}, {Arg: "status", Scripts: []string{tt.status}}}, nil).Provider.AuthStatus(t.Context(), true)
			if err != nil || got.State != tt.state || got.Account != tt.account {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
	got, err := newBed(t, modern(), map[string]string{"CURSOR_API_KEY": "key-0123456789"}).Provider.AuthStatus(t.Context(), true)
	if err != nil || got.State != sdk.AuthOK || got.Source != "CURSOR_API_KEY" {
		t.Errorf("with a key: %+v, %v", got, err)
	}
}

func TestModels(t *testing.T) {
	t.Parallel()
	got, err := newBed(t, modern(), nil).Provider.ListModels(t.Context())
	want := []sdk.Model{{ID: "auto", DisplayName: "Auto", Default: true}, {ID: "gpt-5.2", DisplayName: "GPT-5.2"}, {ID: "sonnet-4.5", DisplayName: "Claude 4.5 Sonnet (current)"}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}
