package shellout_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func user(blocks ...sdk.Block) sdk.Message { return sdk.Message{Role: sdk.RoleUser, Blocks: blocks} }
func assistant(blocks ...sdk.Block) sdk.Message {
	return sdk.Message{Role: sdk.RoleAssistant, Blocks: blocks}
}

var conversation = &sdk.Request{
	System: []sdk.SystemBlock{{Text: " Be brief.\n"}, {Text: " \n"}, {Text: "Be kind."}},
	Messages: []sdk.Message{
		user(sdk.Text{Text: "List the files."}, sdk.Image{MediaType: "image/png"}),
		assistant(
			sdk.Thinking{Text: "hm"},
			sdk.Text{Text: "I look."},
			sdk.ToolCall{ID: "t1", Name: "bash", Input: json.RawMessage("{ \"command\": \"ls -l\" }")},
			sdk.ToolCall{ID: "t2", Name: "read", Malformed: "{\"a\n"},
		),
		user(
			sdk.ToolResult{ToolCallID: "t1", Content: []sdk.Block{sdk.Text{Text: "a\nb"}, sdk.Image{}}},
			sdk.ToolResult{ToolCallID: "t2", IsError: true, Content: []sdk.Block{sdk.Text{Text: "no"}}},
		),
		assistant(sdk.NativeTool{ID: "n1", Name: "edit", Input: json.RawMessage(`{}`), Output: "done"}),
		user(sdk.Text{Text: "And now?"}),
		user(sdk.Text{Text: "Quick."}),
	},
}

const transcript = `System:
Be brief.

Be kind.

Conversation:
User:
List the files.
[image]

Assistant:
I look.
[tool_use bash input={"command":"ls -l"}]
[tool_use read input="{\"a\n"]

User:
[tool_result t1 is_error=false]
a
b
[image]
[tool_result t2 is_error=true]
no

Assistant:
[tool_use edit input={}]
[tool_result n1 is_error=false]
done

User:
And now?

User:
Quick.

Assistant:
`

func TestTranscript(t *testing.T) {
	t.Parallel()
	if diff := cmp.Diff(transcript, shellout.Transcript(conversation).String()); diff != "" {
		t.Error(diff)
	}
	if got := shellout.Transcript(&sdk.Request{}).String(); got != "Conversation:\nAssistant:\n" {
		t.Errorf("%q", got)
	}
	if got := shellout.NewestTurn(conversation).String(); got != "And now?\nQuick." {
		t.Errorf("%q", got)
	}
}

const cutLine = "[Earlier conversation truncated to fit CLI prompt limits]\n\n"

func TestFit(t *testing.T) {
	t.Parallel()
	turn := func(s string) string { return "User:\n" + s + "\n\n" }
	p := shellout.Prompt{System: "SYS", Turns: []string{turn("one"), turn("two"), turn("three")}}
	whole := "System:\nSYS\n\nConversation:\n" + turn("one") + turn("two") + turn("three") + "Assistant:\n"
	two := "System:\nSYS\n\n" + cutLine + "NOTE\n\nConversation:\n" + turn("two") + turn("three") + "Assistant:\n"
	one := "System:\nSYS\n\n" + cutLine + "NOTE\n\nConversation:\n" + turn("three") + "Assistant:\n"
	big := p
	big.Turns = append([]string{turn(strings.Repeat("z", 200))}, p.Turns...)
	tests := []struct {
		name  string
		p     shellout.Prompt
		limit int
		want  string
		cut   bool
	}{
		{"fits", p, len(whole), whole, false},
		{"the oldest goes", big, len(two), two, true},
		{"one byte less", big, len(two) - 1, one, true},
		{"only the newest", big, len(one), one, true},
		{"bare fits", shellout.Prompt{Bare: "héé"}, 5, "héé", false},
		{"bare", shellout.Prompt{Bare: strings.Repeat("é", 100)}, len(cutLine) + 6 + 15, cutLine + "NOTE\n\n" + "éé\n[…]\néé", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, cut := tt.p.Fit(tt.limit, "NOTE")
			if diff := cmp.Diff(tt.want, got); diff != "" || cut != tt.cut {
				t.Errorf("cut %v\n%s", cut, diff)
			}
		})
	}
}

func TestFitKeepsBothWhenBothAreTooLong(t *testing.T) {
	t.Parallel()
	const limit = 120_000
	long := func(begin, end string) string { return begin + strings.Repeat("é€🙂", 100_000) + end }
	tests := []struct{ name, system, newest string }{
		{"both", long("SYS BEGINS", "SYS ENDS"), long("TURN BEGINS", "TURN ENDS")},
		{"system", long("SYS BEGINS", "SYS ENDS"), "TURN BEGINS TURN ENDS"},
		{"turn", "SYS BEGINS SYS ENDS", long("TURN BEGINS", "TURN ENDS")},
	}
	for _, tt := range tests {
		p := shellout.Prompt{System: tt.system, Turns: []string{"User:\nold\n\n", "User:\n" + tt.newest + "\n\n"}}
		got, cut := p.Fit(limit, "")
		if !cut || len(got) > limit || len(got) < limit-20 || !utf8.ValidString(got) {
			t.Errorf("%s: %d bytes, cut %v", tt.name, len(got), cut)
		}
		at := 0
		for _, want := range []string{"System:\nSYS BEGINS", "SYS ENDS\n\n" + cutLine, "Conversation:\nUser:\nTURN BEGINS", "TURN ENDS\n\nAssistant:\n"} {
			i := strings.Index(got[at:], want)
			if i < 0 {
				t.Errorf("%s: no %q in its place", tt.name, want)
			}
			at += max(i, 0)
		}
	}
}

func FuzzFit(f *testing.F) {
	f.Add("sys", "one", "two", "note", 100, false)
	f.Add(strings.Repeat("é", 200), "", strings.Repeat("🙂", 99), "", 150, false)
	f.Add("", "x", strings.Repeat("é", 200), "n", 90, true)
	f.Fuzz(func(t *testing.T, system, old, newest, note string, limit int, bare bool) {
		p := shellout.Prompt{System: system, Turns: []string{old, newest}}
		if bare {
			p = shellout.Prompt{Bare: newest}
		}
		got, cut := p.Fit(limit, note)
		if cut != (len(p.String()) > limit) || cut && len(got) > max(limit, 0) || !cut && got != p.String() {
			t.Errorf("%d bytes, cut %v", len(got), cut)
		}
		valid := utf8.ValidString(system) && utf8.ValidString(old) && utf8.ValidString(newest) && utf8.ValidString(note)
		if valid && !utf8.ValidString(got) {
			t.Errorf("a character was split: %q", got)
		}
	})
}

func TestArgument(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	p := shellout.Prompt{System: "SYS", Turns: []string{strings.Repeat("é", 1<<20), "User:\nnew\n\n"}}
	a, err := p.Argument(shellout.ArgumentLimit, folder)
	if err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(a.File)
	if err != nil || info.Mode().Perm() != 0o600 && os.PathSeparator == '/' || filepath.Dir(a.File) != folder {
		t.Errorf("%v, %v", info, err)
	}
	whole, _ := os.ReadFile(a.File)
	if string(whole) != p.String() || len(a.Text) > shellout.ArgumentLimit {
		t.Errorf("%d bytes in the file, %d in the argument", len(whole), len(a.Text))
	}
	for _, want := range []string{cutLine, a.File, "User:\nnew\n", "SYS"} {
		if !strings.Contains(a.Text, want) {
			t.Errorf("no %q in %q", want, a.Text)
		}
	}
	if !strings.Contains(a.Warning, a.File) {
		t.Error(a.Warning)
	}
	if err := a.Remove(); err != nil {
		t.Error(err)
	}
	if left, _ := os.ReadDir(folder); len(left) > 0 {
		t.Errorf("left: %v", left)
	}
	if _, err := p.Argument(100, filepath.Join(folder, "no")); sdk.KindOf(err) != sdk.KindConfiguration {
		t.Error(err)
	}
	short, err := shellout.Prompt{Bare: "hi"}.Argument(2, "/no")
	if diff := cmp.Diff(shellout.Argument{Text: "hi"}, short); diff != "" || err != nil || short.Remove() != nil {
		t.Errorf("%v\n%s", err, diff)
	}
}
