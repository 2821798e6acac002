package cliprovider_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

const end = `{"type":"end"}` + "\n"

func text(id, text string) string {
	return fmt.Sprintf(`{"type":"text","id":%q,"text":%q,"session":"s1"}`+"\n", id, text)
}

// A program that says nothing of itself is called as ever, with the prompt among
// its arguments and nothing on its standard input.
func TestFloor(t *testing.T) {
	t.Parallel()
	b := newBed(t, plain("hello\n"), map[string]string{"OPENAI_API_KEY": "k", "ACME_UNWANTED": "x", "EDITOR": "vi"})
	stream, result, err := b.Generate(t.Context(), standincli.Prompt("say hello"))
	if err != nil || stream.Text() != "hello" || result.StopReason != sdk.StopEndTurn {
		t.Fatalf("%q, %+v, %v", stream.Text(), result, err)
	}
	call := turns(b)[0]
	want := []string{"-p", "Conversation:\nUser:\nsay hello\n\nAssistant:\n", "--model", "old"}
	if d := cmp.Diff(want, call.Args); d != "" {
		t.Error(d)
	}
	if call.Pipe || call.Dir != b.Config.WorkingDir {
		t.Errorf("pipe %v, in %s", call.Pipe, call.Dir)
	}
	for name, wanted := range map[string]string{"EDITOR": "vi", "ACME_SET": "yes", "ACME_TURN": "1", "NO_COLOR": "1", "OPENAI_API_KEY": "", "ACME_UNWANTED": "", "JCODE_ACME_CLI_PATH": ""} {
		if value, _ := call.Value(name); value != wanted {
			t.Errorf("%s is %q", name, value)
		}
	}
}

// What the help lists is used, and the help is asked for once, alone.
func TestNewerFlags(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern("!stdin\n"+text("1", "hello")+end), nil)
	for range 2 {
		stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
		if err != nil || stream.Text() != "hello" {
			t.Fatal(stream.Text(), err)
		}
	}
	asked := b.CLI.With("--help")
	if len(asked) != 1 || len(asked[0].Args) != 1 || asked[0].Pipe {
		t.Errorf("asked %v", asked)
	}
	call := turns(b)[0]
	if d := cmp.Diff([]string{"-p", "--events", "--trust", "--model", "old", "--log"}, call.Args[:6]); d != "" {
		t.Error(d)
	}
	if call.Stdin != "Conversation:\nUser:\nhi\n\nAssistant:\n" || !call.Pipe {
		t.Errorf("stdin %q", call.Stdin)
	}
	if left, _ := filepath.Glob(filepath.Join(b.Config.StateDir, "*.txt")); len(left) > 0 {
		t.Error("left behind:", left)
	}
}

func TestProbeOff(t *testing.T) {
	t.Parallel()
	p := modern("hello\n")
	b := newBed(t, p, map[string]string{"JCODE_CLI_PROBE": "0"})
	if _, _, err := b.Generate(t.Context(), standincli.Prompt("hi")); err != nil {
		t.Fatal(err)
	}
	if calls := b.CLI.Calls(); len(calls) != 1 || len(calls[0].Args) != 4 {
		t.Error(calls)
	}
}

// The plain output of a program, in one line per trouble.
func TestPlainOutput(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("long ", 200<<10/5)
	for name, tt := range map[string]struct{ script, want string }{
		"slow stream":                {"!raw Hel\n!sleep 30\n!raw lo\n!sleep 30\n!raw \\n", "Hello"},
		"blank lines":                {"a\n\n\n  b\n\n", "a\n\n\n  b"},
		"split UTF-8":                {"!raw x \\xe2\\x82\n!sleep 30\n!raw \\xac y", "x € y"},
		"half a character":           {"!raw x \\xe2\\x82", "x \uFFFD\uFFFD"},
		"200 KB line":                {"!long 204800 %\n", long},
		"no trailing newline":        {"!raw end", "end"},
		"ANSI":                       {"!raw \\e[31mred\\e[0m\\n\n!raw \\e]8;;http://x\\x07link\\e]8;;\\x07\n", "red\nlink"},
		"escape cut in two":          {"!raw a\\e[3\n!sleep 30\n!raw 1mb", "ab"},
		"stderr flood":               {"!flood 200000\nfine\n", "fine"},
		"a retry told first":         {"● Retrying soon\nfine\n", "fine"},
		"a quotation of a failure":   {"It says:\ntrust this folder\nplease log in\n", "It says:\ntrust this folder\nplease log in"},
		"CRLF":                       {"!raw a\\r\\nb\\r\\n", "a\nb"},
		"a first line of many bytes": {"!long 3000 %\n", strings.Repeat("long ", 600)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			stream, _, err := newBed(t, plain(tt.script), nil).Generate(t.Context(), standincli.Prompt("hi"))
			if d := cmp.Diff(tt.want, stream.Text()); d != "" || err != nil {
				t.Errorf("%v\n%s", err, d)
			}
		})
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ script, want string }{
		"noise, a mark and unknown types":  {"hello there\n!raw \\xef\\xbb\\xbf\n" + `{"type":"new"}` + "\n[1]\n" + text("1", "x") + end, "text(1):x"},
		"with a wrapper's prefix":          {"stdout: " + text("1", "x") + end, "text(1):x"},
		"no newline at last":               {text("1", "x") + strings.TrimSpace(end), "text(1):x"},
		"more after the end":               {text("1", "x") + end + text("2", "y"), "text(1):x"},
		"withdrawn":                        {text("1", "half") + `{"type":"retract","id":"1"}` + "\n" + text("2", "whole") + end, "text(1):half retract(1) text(2):whole"},
		"status 1 after the end":           {text("1", "x") + end + "!exit 1\n", "text(1):x"},
		"only work":                        {`{"type":"tool","id":"t","text":"done"}` + "\n" + end, "start:bash end:bash=done"},
		"a footer that looks like trouble": {text("1", "x") + end + "!stderr Tokens 5, please log in to see more\n", "text(1):x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(strings.ReplaceAll(tt.script, "\xef\xbb\xbf", "")), nil)
			stream, result, err := b.Generate(t.Context(), standincli.Prompt("hi"))
			if d := cmp.Diff(tt.want, stream.Told()); d != "" || err != nil || result.StopReason != sdk.StopEndTurn {
				t.Errorf("%+v, %v\n%s", result, err, d)
			}
		})
	}
}

// A line of 8 MiB is one event like any other.
func TestEightMegabyteLine(t *testing.T) {
	t.Parallel()
	b := newBed(t, modern(fmt.Sprintf("!long %d %s\n", 8<<20, `{"type":"text","id":"1","text":"%"}`)+end), nil)
	stream, _, err := b.Generate(t.Context(), standincli.Prompt("hi"))
	if got := len(stream.Text()); err != nil || got < 8<<20-5 {
		t.Errorf("%d bytes, %v", got, err)
	}
}

func TestTwoMegabytePrompt(t *testing.T) {
	t.Parallel()
	huge := strings.Repeat("word ", 2<<20/5)
	request := standincli.Prompt("the old question")
	request.System = []sdk.SystemBlock{{Text: "be brief"}}
	request.Messages = append(request.Messages, sdk.Message{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.Text{Text: huge}}},
		sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: "the newest question"}}})
	t.Run("on standard input", func(t *testing.T) {
		t.Parallel()
		b := newBed(t, modern("!stdin\n"+text("1", "read")+end), nil)
		if _, _, err := b.Generate(t.Context(), request); err != nil {
			t.Fatal(err)
		}
		if got := turns(b)[0].Stdin; len(got) < 2<<20 || !strings.HasPrefix(got, "System:\nbe brief\n") || !strings.HasSuffix(got, "the newest question\n\nAssistant:\n") {
			t.Errorf("%d bytes", len(got))
		}
	})
	t.Run("as an argument", func(t *testing.T) {
		t.Parallel()
		var mode os.FileMode
		var whole []byte
		b := newBed(t, plain("read\n"), nil)
		stream := &standincli.Recorder{OnEmit: func(event sdk.Event) error {
			if _, ok := event.(sdk.TextDelta); ok { // while it runs, the file is there
				files, _ := filepath.Glob(filepath.Join(b.Config.StateDir, "prompt-*.txt"))
				for _, file := range files {
					info, err := os.Stat(file)
					if err != nil {
						return err
					}
					mode = info.Mode().Perm()
					whole, _ = os.ReadFile(file)
				}
			}
			return nil
		}}
		if _, err := b.Provider.Generate(t.Context(), request, stream); err != nil {
			t.Fatal(err)
		}
		prompt := turns(b)[0].Args[1]
		if len(prompt) > 120_000 || !strings.HasPrefix(prompt, "System:\nbe brief\n\n[Earlier conversation truncated") ||
			!strings.HasSuffix(prompt, "the newest question\n\nAssistant:\n") || !strings.Contains(prompt, b.Config.StateDir) {
			t.Errorf("%d bytes: %.300s", len(prompt), prompt)
		}
		if !stream.Warned("prompt_cut") || mode != 0o600 || len(whole) < 2<<20 {
			t.Errorf("warned %v, file of %d bytes, mode %v", stream.Warned("prompt_cut"), len(whole), mode)
		}
		if left, _ := filepath.Glob(filepath.Join(b.Config.StateDir, "prompt-*")); len(left) > 0 {
			t.Error("left behind:", left)
		}
	})
}

// A NUL byte can be in no argument, and that is what is said.
func TestNULByte(t *testing.T) {
	t.Parallel()
	_, _, err := newBed(t, plain("x\n"), nil).Generate(t.Context(), standincli.Prompt("a\x00b"))
	if e := sdk.AsError(err); e == nil || e.Kind != sdk.KindInvalidRequest || !strings.Contains(e.Message, "NUL") {
		t.Error(err)
	}
}

// The program's conversation goes on with the new turn alone; elsewhere, or when it
// is lost, the transcript is told.
func TestConversation(t *testing.T) {
	t.Parallel()
	b := newBed(t, standincli.Program{
		{Arg: "--help", Scripts: []string{help}},
		{Arg: "models", Scripts: []string{"old\n"}},
		{Arg: "--resume", Scripts: []string{"!stdin\n" + text("1", "two") + end, "!stdin\n!stderr Error: No conversation s1\n!exit 1\n"}},
		{Scripts: []string{"!stdin\n" + text("1", "one") + end}},
	}, nil)
	first := standincli.Prompt("first")
	_, result, err := b.Generate(t.Context(), first)
	if err != nil {
		t.Fatal(err)
	}
	second := standincli.Next(first, "acme", result, "/second")
	if _, result, err = b.Generate(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	call := turns(b)[1]
	if !strings.Contains(call.String(), `"--resume" "s1"`) || call.Stdin != "User:\n/second" {
		t.Errorf("%v, stdin %q", call, call.Stdin)
	}
	third := standincli.Next(second, "acme", result, "third")
	stream, result, err := b.Generate(t.Context(), third)
	if err != nil || !stream.Warned("session_lost") || stream.Text() != "one" {
		t.Errorf("%q, %v", stream.Told(), err)
	}
	if calls := turns(b); len(calls) != 4 || !strings.Contains(calls[3].Stdin, "User:\nfirst\n") || !strings.Contains(calls[3].Stdin, "User:\nthird\n") {
		t.Errorf("%d calls", len(calls))
	}
	fork := standincli.Next(third, "acme", result, "fork")
	fork.SessionID = "session-2"
	if _, _, err := b.Generate(t.Context(), fork); err != nil || strings.Contains(turns(b)[4].String(), "--resume") {
		t.Errorf("a fork goes on in the same place: %v", err)
	}
}

func TestModelChoice(t *testing.T) {
	t.Parallel()
	list := func(models string) standincli.Program {
		return standincli.Program{{Arg: "--help", Scripts: []string{help}}, {Arg: "models", Scripts: []string{models}}, {Scripts: []string{text("1", "x") + end}}}
	}
	for name, tt := range map[string]struct {
		models, request, variable, setting string
		want                               string
		kind                               sdk.Kind
	}{
		"the request":              {"a b c", "a", "b", "c", "a", 0},
		"the variable":             {"a b c", "", "b", "c", "b", 0},
		"the configuration":        {"a b c", "", "", "c", "c", 0},
		"the default":              {"old", "", "", "", "old", 0},
		"the default is not there": {"good", "", "", "", "good", 0},
		"the named is not there":   {"good", "bad", "", "", "", sdk.KindModelNotFound},
		"no list":                  {"", "bad", "", "", "bad", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, list(tt.models), map[string]string{"JCODE_ACME_MODEL": tt.variable})
			b.Config.Settings["model"] = tt.setting
			b.Configure()
			info, err := b.Provider.Info(t.Context())
			at := slices.IndexFunc(info.DefaultModels, func(m sdk.Model) bool { return m.Default })
			wanted := "old"
			for _, named := range []string{tt.setting, tt.variable} {
				if named != "" {
					wanted = named
				}
			}
			if err != nil || at < 0 || info.DefaultModels[at].ID != wanted {
				t.Errorf("the default is told as %+v, not %s", info.DefaultModels, wanted)
			}
			request := standincli.Prompt("hi")
			request.Model = tt.request
			stream, _, err := b.Generate(t.Context(), request)
			if tt.want == "" {
				e := sdk.AsError(err)
				if e == nil || e.Kind != tt.kind || !strings.Contains(e.Remedy, "JCODE_ACME_MODEL") || len(turns(b)) > 0 {
					t.Errorf("%v; asked %d times", err, len(turns(b)))
				}
				return
			}
			if err != nil || !strings.Contains(turns(b)[0].String(), fmt.Sprintf("%q %q", "--model", tt.want)) {
				t.Errorf("%v: %v", turns(b), err)
			}
			if warned := stream.Warned("model_substituted"); warned != strings.Contains(name, "default is not") {
				t.Error("warned:", warned)
			}
		})
	}
}

func TestHostFlags(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		limits  sdk.Limits
		refused string
		args    []string
	}{
		"a mode that it has":      {sdk.Limits{PermissionMode: "read-only", PermissionModeExplicit: true}, "", []string{"--mode=look"}},
		"a mode not in its help":  {sdk.Limits{PermissionMode: "bypass", PermissionModeExplicit: true}, "--permission-mode bypass", nil},
		"a mode that nobody has":  {sdk.Limits{PermissionMode: "auto", PermissionModeExplicit: true}, "--permission-mode auto", nil},
		"a mode nobody asked for": {sdk.Limits{PermissionMode: "auto"}, "", nil},
		"turns":                   {sdk.Limits{MaxTurns: 3}, "--max-turns", nil},
		"folders":                 {sdk.Limits{AddedDirs: []string{"/a", "/b"}}, "", []string{"--add-dir", "/a", "--add-dir", "/b"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, modern(text("1", "x")+end), nil)
			request := standincli.Prompt("hi")
			request.Limits = tt.limits
			_, _, err := b.Generate(t.Context(), request)
			if tt.refused != "" {
				e := sdk.AsError(err)
				if e == nil || e.Kind != sdk.KindConfiguration || !strings.Contains(e.Message, tt.refused) || !strings.Contains(e.Message, "acme") || len(turns(b)) > 0 {
					t.Errorf("%v; ran %d times", err, len(turns(b)))
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if args := strings.Join(turns(b)[0].Args, " "); !strings.Contains(args, strings.Join(tt.args, " ")) {
				t.Error(args)
			}
		})
	}
}

func TestEffort(t *testing.T) {
	t.Parallel()
	request := standincli.Prompt("hi")
	request.Effort = "high"
	b := newBed(t, modern(text("1", "x")+end), nil)
	if _, _, err := b.Generate(t.Context(), request); err != nil || !strings.Contains(turns(b)[0].String(), `"--effort" "high"`) {
		t.Errorf("%v: %v", turns(b), err)
	}
	stream, _, err := newBed(t, plain("x\n"), nil).Generate(t.Context(), request)
	if err != nil || !stream.Warned("effort_unknown") {
		t.Error("without the flag:", err)
	}
}

// A caller that is gone ends the program, and its error is what Generate returns.
func TestCallerGone(t *testing.T) {
	t.Parallel()
	gone := errors.New("gone")
	for name, p := range map[string]standincli.Program{"events": modern(text("1", "x") + "!hang\n"), "plain": plain("x\ny\n!hang\n")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, p, nil)
			_, err := b.Provider.Generate(t.Context(), standincli.Prompt("hi"), &standincli.Recorder{OnEmit: func(event sdk.Event) error {
				if _, ok := event.(sdk.TextDelta); ok {
					return gone
				}
				return nil
			}})
			if err != gone { //nolint:errorlint // bare
				t.Error(err)
			}
		})
	}
}

func TestCut(t *testing.T) {
	t.Parallel()
	_, result, err := newBed(t, modern(text("1", "half")), nil).Generate(t.Context(), standincli.Prompt("hi"))
	if e := sdk.AsError(err); !errors.Is(err, io.ErrUnexpectedEOF) || e.Kind != sdk.KindNetwork || e.Retryable || result.StopReason != "" {
		t.Errorf("%+v, %v", result, err)
	}
}
