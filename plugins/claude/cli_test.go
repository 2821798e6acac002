package claude

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

const goodScript = initLine + resultLine

// usual is the command line when the user has set nothing.
func usual(system string) []string {
	return []string{
		"-p", "--verbose", "--output-format", "stream-json", "--input-format", "stream-json", "--include-partial-messages",
		"--model", "claude-opus-4-5-20251101", "--permission-mode", "bypassPermissions", "--append-system-prompt", system,
		"--tools", "Bash,Read,Write,Edit,Glob,Grep,Task,TodoRead,TodoWrite,TaskCreate,TaskGet,TaskList,TaskUpdate",
	}
}

func TestCLIArguments(t *testing.T) {
	t.Parallel()
	b := newCLIBed(t, goodScript, nil)
	request := hello()
	request.System = []sdk.SystemBlock{{Text: "be kind"}, {Text: "be brief"}}
	_, result, err := b.generate(request)
	if err != nil {
		t.Fatal(err)
	}
	call := b.calls()[0]
	if d := cmp.Diff(usual("be kind\n\nbe brief"), call.Args); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{`{"type":"user","message":{"role":"user","content":"hello"}}`}, call.Inputs); d != "" {
		t.Error(d)
	}
	if call.Dir != b.config.WorkingDir {
		t.Errorf("runs in %s", call.Dir)
	}
	// The system prompt is no part of the program's session: it is told every time.
	request.Messages = append(request.Messages, answered("fine"), say("more"))
	request.ProviderState = result.ProviderState
	if _, _, err := b.generate(request); err != nil {
		t.Fatal(err)
	}
	call = b.calls()[1]
	if d := cmp.Diff(append(usual("be kind\n\nbe brief"), "--resume", "s1"), call.Args); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{`{"type":"user","message":{"role":"user","content":"more"}}`}, call.Inputs); d != "" {
		t.Error(d)
	}
}

func answered(text string) sdk.Message {
	return sdk.Message{Role: sdk.RoleAssistant, Provider: providerName, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

func TestCLIVariables(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		variables map[string]string
		limits    sdk.Limits
		model     string
		without   string
		with      string
	}{
		"no partials":            {variables: map[string]string{partialVariable: "0"}, without: "--include-partial-messages"},
		"partials":               {variables: map[string]string{partialVariable: "1"}, with: "--include-partial-messages"},
		"model of the variable":  {variables: map[string]string{modelVariable: "m1[1m]"}, with: "--model m1[1m]"},
		"model of the request":   {variables: map[string]string{modelVariable: "m1"}, model: "m2", with: "--model m2"},
		"mode of the variable":   {variables: map[string]string{modeVariable: "plan"}, with: "--permission-mode plan"},
		"blank is unset":         {variables: map[string]string{modeVariable: " ", partialVariable: " "}, with: "--permission-mode bypassPermissions"},
		"a configured mode":      {limits: sdk.Limits{PermissionMode: "read-only"}, with: "--permission-mode plan --tools Read,"},
		"the variable beats it":  {variables: map[string]string{modeVariable: "acceptEdits"}, limits: sdk.Limits{PermissionMode: "read-only"}, with: "--permission-mode acceptEdits"},
		"an explicit mode":       {variables: map[string]string{modeVariable: "plan"}, limits: sdk.Limits{PermissionMode: "edit", PermissionModeExplicit: true}, with: "--permission-mode acceptEdits --tools Write,Edit,Read,"},
		"read-only":              {limits: sdk.Limits{PermissionMode: "read-only", PermissionModeExplicit: true}, with: "--permission-mode plan --tools Read,Glob,Grep,TodoRead,TodoWrite", without: "Bash"},
		"auto":                   {limits: sdk.Limits{PermissionMode: "auto", PermissionModeExplicit: true}, with: "--permission-mode default"},
		"auto asks":              {limits: sdk.Limits{PermissionMode: "auto", PermissionModeExplicit: true}, with: "--permission-prompt-tool stdio"},
		"bypass does not ask":    {limits: sdk.Limits{PermissionMode: "bypass", PermissionModeExplicit: true}, with: "--permission-mode bypassPermissions", without: "--permission-prompt-tool"},
		"added folders":          {limits: sdk.Limits{AddedDirs: []string{"/a", "/b"}}, with: "--add-dir /a --add-dir /b"},
		"no system, no argument": {without: "--append-system-prompt"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, tt.variables)
			request := hello()
			request.Limits, request.Model = tt.limits, tt.model
			if _, _, err := b.generate(request); err != nil {
				t.Fatal(err)
			}
			args := strings.Join(b.calls()[0].Args, " ")
			if !strings.Contains(args, tt.with) || tt.without != "" && strings.Contains(args, tt.without) {
				t.Error(args)
			}
		})
	}
}

// A long system prompt goes by a file, which is gone afterwards.
func TestCLILongSystemPrompt(t *testing.T) {
	t.Parallel()
	request := hello()
	request.System = []sdk.SystemBlock{{Text: strings.Repeat("x", shellout.ArgumentLimit+1)}}
	b := newCLIBed(t, goodScript, nil)
	if _, _, err := b.generate(request); err != nil {
		t.Fatal(err)
	}
	args := b.calls()[0].Args
	i := slices.Index(args, "--append-system-prompt-file")
	if i < 0 {
		t.Fatal(args)
	}
	if _, err := os.Stat(args[i+1]); !strings.HasPrefix(args[i+1], b.config.StateDir) || !os.IsNotExist(err) {
		t.Error(args[i+1], err)
	}
	system, err := newSystemPrompt(request.System, b.config.StateDir)
	if err != nil {
		t.Fatal(err)
	}
	if data, err := os.ReadFile(system.file); string(data) != system.text || err != nil {
		t.Errorf("%d bytes in the file, %v", len(data), err)
	}
}

func TestCLIPrompt(t *testing.T) {
	t.Parallel()
	png := sdk.Image{MediaType: "image/jpeg", Data: []byte("\x89PNG\r\n\x1a\n")}
	for name, tt := range map[string]struct {
		messages []sdk.Message
		resume   string
		want     string
	}{
		"slash word":        {[]sdk.Message{say("/compact now")}, "", `"\n/compact now"`},
		"slash after space": {[]sdk.Message{say(" /x")}, "", `"\n /x"`},
		"path":              {[]sdk.Message{say("see /etc/hosts")}, "", `"see /etc/hosts"`},
		"two in a row":      {[]sdk.Message{say("a"), say("b")}, "", `"a\nb"`},
		"image":             {[]sdk.Message{{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "see"}, png}}}, "", `[{"type":"text","text":"see\n[image]"},{"type":"image","source":{"type":"base64","media_type":"image/png","data":"iVBORw0KGgo="}}]`},
		"resumed":           {[]sdk.Message{say("a"), answered("b"), say("c")}, "s1", `"c"`},
		"told anew": {
			[]sdk.Message{say("a"), answered("b"), say("c")},
			"",
			`"This is what was said before, in a conversation that you do not remember:\n\nConversation:\nUser:\na\n\nAssistant:\nb\n\n\nGo on with this message:\n\nc"`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			line := inputLine(&sdk.Request{Messages: tt.messages}, shellout.Resumption{Session: tt.resume})
			var got struct {
				Type    string
				Message struct {
					Role    string
					Content json.RawMessage
				}
			}
			if err := json.Unmarshal(line, &got); err != nil || got.Type != "user" || got.Message.Role != "user" || !strings.HasSuffix(string(line), "}\n") {
				t.Fatalf("%s: %v", line, err)
			}
			if d := cmp.Diff(tt.want, string(got.Message.Content)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestCLIResumption(t *testing.T) {
	t.Parallel()
	talk := []sdk.Message{say("a"), answered("b"), say("c")}
	foreign := []sdk.Message{say("a"), answered("b"), say("c"), {Role: sdk.RoleAssistant, Provider: "other"}, say("d")}
	state := shellout.Conversation{Session: "s", Dir: "/d", Host: "h", Seen: 1}
	for name, tt := range map[string]struct {
		state    shellout.Conversation
		messages []sdk.Message
		session  string
		want     []string
	}{
		"goes on":                 {state, talk, "h", []string{"--resume", "s"}},
		"no state":                {shellout.Conversation{}, talk, "h", nil},
		"another folder":          {shellout.Conversation{Session: "s", Dir: "/e", Host: "h", Seen: 1}, talk, "h", nil},
		"a fork":                  {state, talk, "h2", []string{"--resume", "s", "--fork-session"}},
		"somebody else answered":  {state, foreign, "h", nil},
		"somebody else before us": {shellout.Conversation{Session: "s", Dir: "/d", Host: "h", Seen: 4}, foreign, "h", []string{"--resume", "s"}},
		"history was cut":         {state, talk[:1], "h", nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := shellout.ResumptionOf(&sdk.Request{Messages: tt.messages, ProviderState: tt.state.Bytes(), SessionID: tt.session}, providerName, "/d")
			if d := cmp.Diff(tt.want, resumeArguments(got)); d != "" {
				t.Error(d)
			}
		})
	}
	if got := shellout.ResumptionOf(&sdk.Request{Messages: talk, ProviderState: []byte("{broken")}, providerName, "/d"); got.Session != "" {
		t.Error("a broken state:", got)
	}
}

// A conversation that the program has lost goes on in a new one that is told it.
func TestCLILostSession(t *testing.T) {
	t.Parallel()
	for name, lost := range map[string]string{
		"with a result": readPart(t, "15-resume-unknown", ".stdout.jsonl") + "!exit 1\n",
		"on stderr":     "!stderr No conversation found with session ID: s0\n!exit 1\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, nil)
			b.write(".resume", lost)
			request := &sdk.Request{
				Messages:      []sdk.Message{say("my name is Ada"), answered("hi Ada"), say("who am I?")},
				ProviderState: shellout.Conversation{Session: "s0", Dir: b.config.WorkingDir, Seen: 1}.Bytes(),
			}
			stream, result, err := b.generate(request)
			if err != nil || stream.text() != "fine" || shellout.ReadConversation(result.ProviderState).Session != "s1" {
				t.Fatalf("%+v, %v", result, err)
			}
			calls := b.calls()
			if len(calls) != 2 || slices.Contains(calls[1].Args, "--resume") || !strings.Contains(calls[1].Inputs[0], "my name is Ada") {
				t.Errorf("%+v", calls)
			}
			if !slices.ContainsFunc(eventsOf[sdk.WarningEvent](stream), func(w sdk.WarningEvent) bool { return w.Code == "session_lost" }) {
				t.Error("nothing is said of it")
			}
		})
	}
}

// An answer that speaks of a lost conversation is an answer, and nothing is done
// twice.
func TestCLITextOfALostSession(t *testing.T) {
	t.Parallel()
	const words = "No conversation found with session ID: s0"
	for name, tt := range map[string]struct {
		script string
		want   string // of the error
	}{
		"in the answer":           {initLine + wholeLine("m1", textBlock(words)) + strings.Replace(resultLine, "fine", words, 1), ""},
		"on stderr beside it":     {initLine + wholeLine("m1", textBlock("x")) + "!stderr " + words + "\n" + resultLine, ""},
		"after a tool, and cut":   {initLine + wholeLine("m1", toolBlock) + toolResult + "!stderr " + words + "\n!exit 1\n", "exited with status 1"},
		"after a tool, and fails": {initLine + wholeLine("m1", toolBlock) + toolResult + `{"type":"result","subtype":"error_during_execution","errors":["` + words + `"]}` + "\n", "claude failed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, goodScript, nil)
			b.write(".resume", tt.script)
			_, _, err := b.generate(&sdk.Request{
				Messages:      []sdk.Message{say("hi"), answered("hi"), say("what does it say?")},
				ProviderState: shellout.Conversation{Session: "s0", Dir: b.config.WorkingDir, Seen: 1}.Bytes(),
			})
			if n := len(b.calls()); n != 1 || (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
				t.Errorf("started %d times, %v", n, err)
			}
		})
	}
}

// asked is a stream whose user answers.
type asked struct {
	recorder
	answer   sdk.PermissionAnswer
	requests []sdk.PermissionRequest
}

func (a *asked) Ask(_ context.Context, request sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	a.requests = append(a.requests, request)
	return a.answer, nil
}

func TestCLIQuestions(t *testing.T) {
	t.Parallel()
	const question = `{"type":"control_request","request_id":"q1","request":{"subtype":"can_use_tool","tool_name":"Write","input":{"file_path":"a"},"description":"a","tool_use_id":"t1"}}` + "\n!read\n"
	for name, tt := range map[string]struct {
		question string
		answer   sdk.PermissionAnswer
		want     string
	}{
		"yes":     {question, sdk.PermissionAnswer{Allow: true}, `{"type":"control_response","response":{"subtype":"success","request_id":"q1","response":{"behavior":"allow","updatedInput":{"file_path":"a"}}}}`},
		"no":      {question, sdk.PermissionAnswer{Message: "never"}, `{"type":"control_response","response":{"subtype":"success","request_id":"q1","response":{"behavior":"deny","message":"never"}}}`},
		"unknown": {`{"type":"control_request","request_id":"q2","request":{"subtype":"new"}}` + "\n!read\n", sdk.PermissionAnswer{}, `{"type":"control_response","response":{"subtype":"error","request_id":"q2","error":"jcode does not know this request"}}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, initLine+tt.question+resultLine+"!eof\n", map[string]string{modeVariable: "default"})
			stream := &asked{answer: tt.answer}
			if _, err := b.provider.Generate(t.Context(), hello(), stream); err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tt.want, b.calls()[0].Inputs[1]); d != "" {
				t.Error(d)
			}
			want := []sdk.PermissionRequest{{ID: "t1", Tool: "write", Input: json.RawMessage(`{"file_path":"a"}`), Description: "a"}}
			if d := cmp.Diff(want, stream.requests); d != "" && name != "unknown" {
				t.Error(d)
			}
		})
	}
}

// Without questions the program sees the end of its input behind the prompt.
func TestCLIInputEnds(t *testing.T) {
	t.Parallel()
	b := newCLIBed(t, "!eof\n"+goodScript, nil)
	if _, _, err := b.generate(hello()); err != nil {
		t.Error(err)
	}
}

func TestCLIEffort(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ help, off, want string }{
		"known":   {"  --effort <level>  effort\n", "", "--effort high"},
		"unknown": {"  --model <model>\n", "", ""},
		"off":     {"  --effort <level>  effort\n", "0", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newCLIBed(t, tt.help+goodScript, map[string]string{probeVariable: tt.off})
			request := hello()
			request.Effort = "high"
			stream, _, err := b.generate(request)
			if err != nil {
				t.Fatal(err)
			}
			calls := b.calls()
			args := strings.Join(calls[len(calls)-1].Args, " ")
			warned := slices.ContainsFunc(eventsOf[sdk.WarningEvent](stream), func(w sdk.WarningEvent) bool { return w.Code == "effort_unknown" })
			if strings.Contains(args, "--effort") != (tt.want != "") || !strings.Contains(args, tt.want) || warned == (tt.want != "") {
				t.Errorf("%s, warned %t", args, warned)
			}
			if probed := len(calls) == 2; probed == (tt.off == "0") {
				t.Errorf("started %d times", len(calls))
			}
		})
	}
}

func TestCLIRoot(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		uid     int
		mode    string
		env     []string
		refused bool
	}{
		"root":         {0, modeBypass, nil, true},
		"another user": {1000, modeBypass, nil, false},
		"no uid":       {-1, modeBypass, nil, false},
		"another mode": {0, modeEdits, nil, false},
		"in a sandbox": {0, modeBypass, []string{"IS_SANDBOX=1"}, false},
		"not quite":    {0, modeBypass, []string{"IS_SANDBOX=true"}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := cliSettings{frame: frame{mode: tt.mode}, environment: tt.env}.rootRefusal(tt.uid)
			if (err != nil) != tt.refused {
				t.Fatal(err)
			}
			if tt.refused && (sdk.KindOf(err) != sdk.KindConfiguration || !strings.Contains(sdk.AsError(err).Remedy, modeVariable)) {
				t.Errorf("%+v", err)
			}
		})
	}
}
