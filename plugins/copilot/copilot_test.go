package copilot_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/plugins/copilot"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

const transcript = "Conversation:\nUser:\nhi\n\nAssistant:\n"

func event(kind, data string) string { return fmt.Sprintf(`{"type":%q,"data":{%s}}`+"\n", kind, data) }

func delta(id, text string) string {
	return event("assistant.message_delta", fmt.Sprintf(`"messageId":%q,"deltaContent":%q`, id, text))
}

func end(status int) string {
	return fmt.Sprintf(`{"type":"result","sessionId":"86e9eb21-ad2e-44d8-bc57-28b5e196fe31","exitCode":%d}`+"\n", status)
}

func TestArguments(t *testing.T) {
	t.Parallel()
	fine := "!stdin\n" + delta("m", "fine") + end(0)
	todays := []string{"--output-format", "json", "-s", "--allow-all-tools", "--no-ask-user", "--no-color"}
	with := func(more ...string) []string { return append(todays[:len(todays):len(todays)], more...) }
	old := standincli.Program{{Arg: "--help", Scripts: []string{"  -p, --prompt <text>\n  -s, --silent\n  --allow-all-tools\n"}}, {Scripts: []string{"fine\n\n"}}}
	for name, tt := range map[string]struct {
		program   standincli.Program
		variables map[string]string
		mode      string
		want      []string
		stdin     string
	}{
		"the floor":          {plain("fine\n\n"), nil, "", []string{"-p", transcript, "--allow-all-tools", "--model", "claude-sonnet-4"}, ""},
		"the floor, a model": {plain("fine\n"), map[string]string{"JCODE_COPILOT_MODEL": "gpt-5"}, "", []string{"-p", transcript, "--allow-all-tools", "--model", "gpt-5"}, ""},
		"probe off":          {modern(t, "fine\n"), map[string]string{"JCODE_CLI_PROBE": "0"}, "", []string{"-p", transcript, "--allow-all-tools", "--model", "claude-sonnet-4"}, ""},
		"before the events":  {old, nil, "", []string{"-p", transcript, "--allow-all-tools", "--model", "claude-sonnet-4", "-s"}, ""},
		"today's":            {modern(t, fine), nil, "", with("--model", "claude-sonnet-4", "--session-id", "ID"), transcript},
		"today's, no model":  {modern(t, fine), map[string]string{"JCODE_COPILOT_MODEL": "default"}, "", with("--session-id", "ID"), transcript},
		"read-only":          {modern(t, fine), nil, "read-only", with("--model", "claude-sonnet-4", "--session-id", "ID", "--deny-tool=write", "--deny-tool=shell"), transcript},
		"edit":               {modern(t, fine), nil, "edit", with("--model", "claude-sonnet-4", "--session-id", "ID", "--deny-tool=shell"), transcript},
		"bypass":             {modern(t, fine), nil, "bypass", with("--model", "claude-sonnet-4", "--session-id", "ID", "--allow-all-paths", "--allow-all-urls"), transcript},
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
			for i, arg := range call.Args {
				if i > 0 && call.Args[i-1] == "--session-id" && len(arg) == 36 {
					call.Args[i] = "ID"
				}
			}
			if d := cmp.Diff(tt.want, call.Args); d != "" || call.Stdin != tt.stdin {
				t.Errorf("stdin %q\n%s", call.Stdin, d)
			}
		})
	}
}

// Without copilot in PATH, gh runs it; a gh that cannot is not taken.
func TestGH(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		help string
		want string
	}{
		"silent":      {"", ""},
		"a modern gh": {recorded(t, "help.txt"), ""},
		"an old gh":   {"!stderr unknown command \"copilot\" for \"gh\"\n!exit 1\n", "copilot is not installed"},
		"not fetched": {"!stderr Copilot CLI not installed\n!exit 1\n", "copilot is not installed"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := standincli.New(t, "gh", standincli.Program{{Arg: "--help", Scripts: []string{tt.help}}, {Scripts: []string{"!stdin\n" + delta("m", "fine") + end(0)}}})
			b := standincli.NewBed(t, copilot.New(""), cli, "", nil)
			_, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if tt.want != "" {
				if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindCLIMissing || !strings.Contains(e.Message, tt.want) || !strings.Contains(e.Remedy, "npm install") {
					t.Errorf("%+v", e)
				}
				return
			}
			if d := cmp.Diff([]string{"copilot", "--"}, turns(b)[0].Args[:2]); d != "" || err != nil {
				t.Error(err, d)
			}
		})
	}
}

// What the real program printed, through the real decoder.
func TestRecorded(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		plain bool
		told  string
		want  sdk.Error
	}{
		"byok-json":        {false, "text(35df3ec2-147c-4246-828a-9231902c1c4a):Hel text(35df3ec2-147c-4246-828a-9231902c1c4a):lo text(35df3ec2-147c-4246-828a-9231902c1c4a):from text(35df3ec2-147c-4246-828a-9231902c1c4a):mock text(35df3ec2-147c-4246-828a-9231902c1c4a):.", sdk.Error{}},
		"byok-tool-json":   {false, "", sdk.Error{}},
		"byok-text-silent": {true, "text(answer):Hello from mock.", sdk.Error{}},
		"cutonce-text":     {true, "text(answer):PARTIAL one two Hello from mock.", sdk.Error{}},
		"byok-empty-text":  {true, "", sdk.Error{Kind: sdk.KindInternal, Retryable: true, Message: "copilot's model returned nothing"}},
		"gh-402-json":      {false, "", sdk.Error{Kind: sdk.KindBilling, Message: "copilot: You have no quota", HTTPStatus: 402}},
		"gh-model-bad":     {true, "", sdk.Error{Kind: sdk.KindModelNotFound, Message: `Model "claude-sonnet-4" from --model flag is not available`, Remedy: "JCODE_COPILOT_MODEL"}},
		"nologin-json":     {false, "", sdk.Error{Kind: sdk.KindUnauthenticated, Message: "No authentication information found", Remedy: "jcode login --provider copilot"}},
		"nologin-text":     {true, "", sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: "jcode login --provider copilot"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := plain(replay(t, name))
			if !tt.plain {
				p = modern(t, replay(t, name))
			}
			stream, got, err := newBed(t, p, map[string]string{"JCODE_COPILOT_MODEL": "claude-sonnet-4"}).Generate(t.Context(), standincli.Prompt("hi"))
			if tt.want.Kind != 0 || tt.want.Message != "" {
				e := sdk.AsError(err)
				if e == nil || e.Kind != tt.want.Kind || e.HTTPStatus != tt.want.HTTPStatus || e.Retryable != tt.want.Retryable ||
					!strings.Contains(e.Message, tt.want.Message) || !strings.Contains(e.Remedy, tt.want.Remedy) {
					t.Errorf("%+v", e)
				}
				return
			}
			if err != nil || got.StopReason != sdk.StopEndTurn {
				t.Fatal(err)
			}
			if told := strings.ReplaceAll(stream.Told(), " \n", "\n"); tt.told != "" && strings.Join(strings.Fields(told), " ") != tt.told {
				t.Error(told)
			}
			if name == "byok-tool-json" {
				wantTool(t, stream)
			}
		})
	}
}

func wantTool(t *testing.T, stream *standincli.Recorder) {
	t.Helper()
	told := stream.Told()
	for _, want := range []string{`:Let me look. start:bash{"command":"echo hello-from-tool","description":"say hello"} end:bash=hello-from-tool`, "exit code 0>", ":Hel", ":mock"} {
		if !strings.Contains(told, want) {
			t.Errorf("no %s in %s", want, told)
		}
	}
	if strings.Count(told, "Let me look.") != 1 || strings.Count(told, "start:bash") != 1 {
		t.Error("told twice:", told)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ script, want string }{
		"a retry under a new id": {
			event("assistant.message_start", `"messageId":"a"`) + delta("a", "PARTIAL ") + event("model.call_failure", `"statusCode":502`) + event("assistant.turn_retry", `"reason":"transport"`) +
				event("assistant.message_start", `"messageId":"b"`) + delta("b", "whole") + event("assistant.message", `"messageId":"b","content":"whole"`) + end(0),
			"text(a):PARTIAL  retract(a) retry(2) text(b):whole",
		},
		"a retry before any text": {event("assistant.turn_retry", `"reason":"transport"`) + delta("b", "x") + end(0), "retry(2) text(b):x"},
		"a message as a whole":    {event("assistant.message", `"messageId":"a","content":"whole"`) + end(0), "text(a):whole"},
		"a subagent's words":      {event("assistant.message_delta", `"messageId":"s","deltaContent":"inner","parentToolCallId":"t"`) + delta("a", "x") + end(0), "text(a):x"},
		"reasoning":               {event("assistant.reasoning_delta", `"reasoningId":"r","deltaContent":"hm"`) + delta("a", "x") + end(0), "thinking:hm text(a):x"},
		"a tool that fails":       {event("tool.execution_start", `"toolCallId":"t","toolName":"view","arguments":{"path":"a"}`) + event("tool.execution_complete", `"toolCallId":"t","success":false,"error":{"message":"no file","code":"failure"}`) + delta("a", "x") + end(0), `start:read{"path":"a"} failed:read=no file text(a):x`},
		"a tool that is denied":   {event("tool.execution_complete", `"toolCallId":"t","toolName":"bash","success":false,"error":{"message":"Permission denied","code":"denied"}`) + delta("a", "x") + end(0), "start:bash denied:bash=Permission denied text(a):x"},
		"an error it got over":    {event("session.error", `"errorType":"query","message":"once","statusCode":500`) + delta("a", "x") + end(0), "text(a):x"},
		"types of tomorrow":       {event("assistant.telepathy", `"a":1`) + `{"type":7}` + "\n" + `{"type":"assistant.message_delta","data":[]}` + "\n" + delta("a", "x") + end(0), "text(a):x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream, got, err := newBed(t, modern(t, "!stdin\n"+tt.script), nil).Generate(t.Context(), standincli.Prompt("hi"))
			if d := cmp.Diff(tt.want, stream.Told()); d != "" || err != nil || got.StopReason != sdk.StopEndTurn {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

// The reported ways in which the program fails, each with what it leads to.
func TestReported(t *testing.T) {
	t.Parallel()
	failed := func(kind string, status int) string {
		return event("session.error", fmt.Sprintf(`"errorType":%q,"message":"no","statusCode":%d`, kind, status)) + end(1) + "!exit 1\n"
	}
	for name, tt := range map[string]struct {
		program standincli.Program
		want    sdk.Error
	}{
		"no result":               {modern(t, delta("a", "x")), sdk.Error{Kind: sdk.KindNetwork}},
		"nothing, status 0":       {plain(""), sdk.Error{Kind: sdk.KindInternal, Remedy: "~/.copilot/logs"}},
		"nothing, status 1":       {plain("!exit 1\n"), sdk.Error{Kind: sdk.KindInternal, Remedy: "~/.copilot/logs"}},
		"an end without text":     {modern(t, end(0)), sdk.Error{Kind: sdk.KindInternal, Remedy: "~/.copilot/logs"}},
		"only a retry":            {plain("● Request failed due to a transient API error. Retrying...\n"), sdk.Error{Kind: sdk.KindInternal}},
		"classic token":           {plain("!stderr Error: Classic Personal Access Tokens (ghp_) are not supported by Copilot.\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: "unset GH_TOKEN"}},
		"token and no network":    {plain("!stderr Error: Authentication token found but could not be validated.\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated, Remedy: "network"}},
		"expired":                 {plain("!stderr Authorization error. Your credentials may be expired or invalid. Run /login to sign in again.\n!exit 1\n"), sdk.Error{Kind: sdk.KindUnauthenticated}},
		"too long":                {modern(t, "!stderr Request exceeds the model's prompt budget of 128000\n!exit 1\n"), sdk.Error{Kind: sdk.KindContextTooLong}},
		"the footer of a failure": {plain("!stderr boom\n!stderr Tokens     ↑ 11 • ↓ 5\n!exit 1\n"), sdk.Error{Kind: sdk.KindInternal, Message: "boom"}},
		"interrupted by others":   {modern(t, delta("a", "x")+event("abort", `"reason":"user_initiated"`)+end(0)), sdk.Error{Kind: sdk.KindInternal, Message: "interrupted"}},
		"authentication":          {modern(t, failed("authentication", 401)), sdk.Error{Kind: sdk.KindUnauthenticated, HTTPStatus: 401}},
		"authorization":           {modern(t, failed("authorization", 403)), sdk.Error{Kind: sdk.KindUnauthenticated, HTTPStatus: 403}},
		"policy":                  {modern(t, failed("policy", 403)), sdk.Error{Kind: sdk.KindPolicyRefused, HTTPStatus: 403}},
		"quota":                   {modern(t, failed("quota", 402)), sdk.Error{Kind: sdk.KindBilling, HTTPStatus: 402}},
		"rate limit":              {modern(t, failed("rate_limit", 429)), sdk.Error{Kind: sdk.KindRateLimited, HTTPStatus: 429}},
		"context limit":           {modern(t, failed("context_limit", 400)), sdk.Error{Kind: sdk.KindContextTooLong, HTTPStatus: 400}},
		"a query":                 {modern(t, failed("query", 500)), sdk.Error{Kind: sdk.KindOverloaded, HTTPStatus: 500, Retryable: true}},
		"no model at all":         {modern(t, "!stderr Error: No supported model available\n!exit 1\n"), sdk.Error{Kind: sdk.KindModelNotFound}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, got, err := newBed(t, tt.program, map[string]string{"JCODE_COPILOT_MODEL": "m"}).Generate(t.Context(), standincli.Prompt("hi"))
			e := sdk.AsError(err)
			if err == nil || got.StopReason != "" || e.Kind != tt.want.Kind || e.HTTPStatus != tt.want.HTTPStatus || e.Retryable != tt.want.Retryable ||
				!strings.Contains(e.Message, tt.want.Message) || !strings.Contains(e.Remedy, tt.want.Remedy) {
				t.Errorf("%+v", e)
			}
		})
	}
}

// Where the account does not have the default model, the program chooses.
func TestDefaultModelIsGone(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(t, replay(t, "gh-model-bad"), "!stdin\n"+delta("a", "x")+end(0)), nil)
	stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if err != nil || !stream.Warned("model_substituted") || strings.Contains(turns(b)[1].String(), "--model") {
		t.Errorf("%v: %v", turns(b), err)
	}
}

// A conversation goes on with the new turn alone. One that is lost is begun anew.
func TestConversation(t *testing.T) {
	t.Parallel()
	fine := "!stdin\n" + delta("a", "x") + end(0)
	b := newBed(t, modern(t, fine, fine, "!stderr Error: No session, task, or name matched 'x'\n!exit 1\n", fine), nil)
	request := standincli.Prompt("first")
	for _, next := range []string{"--help me", "third"} {
		_, got, err := b.Generate(t.Context(), request)
		if err != nil {
			t.Fatal(err)
		}
		request = standincli.Next(request, "copilot", got, next)
	}
	stream, _, err := b.Generate(t.Context(), request)
	calls := turns(b)
	if err != nil || len(calls) != 4 || !stream.Warned("session_lost") {
		t.Fatalf("%d calls, %v", len(calls), err)
	}
	if !strings.Contains(calls[1].String(), `"--resume=86e9eb21-ad2e-44d8-bc57-28b5e196fe31"`) || calls[1].Stdin != "User:\n--help me" {
		t.Errorf("%v %q", calls[1], calls[1].Stdin)
	}
	if strings.Contains(calls[3].String(), "--resume") || !strings.Contains(calls[3].Stdin, "first") {
		t.Errorf("%v %q", calls[3], calls[3].Stdin)
	}
}

// Tokens that are refused are kept from the program, so that its own login can do.
func TestTokens(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		variables map[string]string
		given     map[string]bool
		source    string
	}{
		"classic":            {map[string]string{"GH_TOKEN": "ghp_0123456789"}, map[string]bool{"GH_TOKEN": false}, ""},
		"of Actions":         {map[string]string{"GITHUB_TOKEN": "ghs_0123456789"}, map[string]bool{"GITHUB_TOKEN": false}, ""},
		"of an app":          {map[string]string{"GH_TOKEN": "gho_0123456789"}, map[string]bool{"GH_TOKEN": true}, "GH_TOKEN"},
		"its own goes first": {map[string]string{"GH_TOKEN": "ghp_0123456789", "COPILOT_GITHUB_TOKEN": "github_pat_0123"}, map[string]bool{"GH_TOKEN": true, "COPILOT_GITHUB_TOKEN": true}, "COPILOT_GITHUB_TOKEN"},
		"allow all":          {map[string]string{"COPILOT_ALLOW_ALL": "true", "NODE_OPTIONS": "x", "COPILOT_HOME": "/h"}, map[string]bool{"COPILOT_ALLOW_ALL": false, "NODE_OPTIONS": false, "COPILOT_HOME": true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, plain("x\n"), tt.variables)
			status, err := b.Provider.AuthStatus(t.Context(), false)
			if err != nil || (status.State == sdk.AuthOK) != (tt.source != "") || tt.source != "" && status.Source != tt.source {
				t.Errorf("%+v, %v", status, err)
			}
			if _, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil {
				t.Fatal(err)
			}
			for variable, given := range tt.given {
				if _, set := turns(b)[0].Value(variable); set != given {
					t.Errorf("%s: %v", variable, set)
				}
			}
		})
	}
}

// Who is logged in is told without a call of any model.
func TestAuth(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		script string
		state  sdk.AuthState
	}{
		"in":         {strings.ReplaceAll(replay(t, "probe-auth-bogusmodel"), "jcode-probe-nonexistent", "jcode-asks-who-is-logged-in"), sdk.AuthOK},
		"out":        {replay(t, "probe-unauth-bogusmodel"), sdk.AuthMissing},
		"no network": {"!stderr Error: Authentication token found but could not be validated.\n!exit 1\n", sdk.AuthUnknown},
		"silent":     {"", sdk.AuthUnknown},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(t, tt.script), nil)
			got, err := b.Provider.AuthStatus(t.Context(), true)
			if err != nil || got.State != tt.state {
				t.Errorf("%+v, %v", got, err)
			}
			if d := cmp.Diff([]string{"-s", "-p", "x", "--model", "jcode-asks-who-is-logged-in"}, b.CLI.With("-s")[0].Args); d != "" {
				t.Error(d)
			}
		})
	}
}

// quiet is a login without a terminal: nobody answers, nothing is shown.
type quiet struct{ sdk.LoginUI }

func (quiet) Notice(context.Context, string) error         { return nil }
func (quiet) Progress(context.Context, sdk.Progress) error { return nil }

// The specified command logs in, through gh where copilot is not there; where the help
// lists a command for it, that one.
func TestLogin(t *testing.T) {
	t.Parallel()
	loggedIn := "!stderr Error: Model \"jcode-asks-who-is-logged-in\" from --model flag is not available.\n!exit 1\n"
	for name, tt := range map[string]struct {
		program string
		help    []string
		host    string
		arg     string
		want    []string
	}{
		"the floor":         {"copilot", nil, "", "-i", []string{"-i", "/login"}},
		"by gh":             {"gh", nil, "", "-i", []string{"copilot", "--", "-i", "/login"}},
		"a command for it":  {"copilot", []string{recorded(t, "help.txt")}, "", "login", []string{"login", "--device-code"}},
		"at another host":   {"copilot", []string{recorded(t, "help.txt")}, "https://ghe.example", "login", []string{"login", "--device-code", "--host", "https://ghe.example"}},
		"a command, by gh":  {"gh", []string{recorded(t, "help.txt")}, "", "login", []string{"copilot", "--", "login", "--device-code"}},
		"an old one's help": {"copilot", []string{"  -i, --interactive <prompt>\n  -p, --prompt <text>\n"}, "", "-i", []string{"-i", "/login"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cli := standincli.New(t, tt.program, standincli.Program{
				{Arg: "-s", Scripts: []string{loggedIn}},
				{Arg: "-i", Scripts: []string{"signed in\n"}},
				{Arg: "login", Scripts: []string{recorded(t, "login-help.txt")}},
				{Arg: "--help", Scripts: tt.help},
			})
			b := standincli.NewBed(t, copilot.New(""), cli, "", nil)
			b.Config.Settings["login_host"] = tt.host
			b.Configure()
			if _, err := b.Provider.Login(t.Context(), sdk.LoginRequest{Headless: true}, quiet{}); err != nil {
				t.Fatal(err)
			}
			calls := cli.With(tt.arg)
			if d := cmp.Diff(tt.want, calls[len(calls)-1].Args); d != "" {
				t.Error(d)
			}
		})
	}
}
