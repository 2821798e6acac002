package session

import (
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
)

func said(role sdk.Role, text string) sdk.Message {
	return sdk.Message{Role: role, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

func texts(messages []sdk.Message) string {
	out := ""
	for _, message := range messages {
		for _, block := range message.Blocks {
			switch b := block.(type) {
			case sdk.Text:
				out += b.Text + ";"
			case sdk.ToolResult:
				out += texts([]sdk.Message{{Blocks: b.Content}})
			}
		}
	}
	return out
}

// A compaction counts for what is sent, then and after the file is read again; the
// transcript has everything, also when a later message is dropped.
func TestCompact(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	s, err := store.Create(Header{WorkingDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	result := sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{
		sdk.ToolResult{ToolCallID: "c", Content: []sdk.Block{sdk.Text{Text: "long output"}}},
	}}
	called := sdk.Message{Role: sdk.RoleAssistant, Blocks: []sdk.Block{sdk.ToolCall{ID: "c", Name: "read", Input: []byte("{}")}}}
	check := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	check(s.SetProviderState("acme", []byte("state")))
	check(s.AppendTurn(Turn{Turn: 1, Usage: sdk.Usage{InputTokens: 90, OutputTokens: 10}}))
	for _, message := range []sdk.Message{
		said(sdk.RoleUser, "task"), said(sdk.RoleAssistant, "a"), said(sdk.RoleUser, "b"), called, result,
	} {
		check(s.Append(message, false))
	}
	if tokens, since := s.Context(); tokens != 100 || since != int64(len("task")+len("b")+len("c")+len("long output")) {
		t.Errorf("%d tokens, %d bytes since", tokens, since)
	}
	before := s.Messages()
	check(s.Compact(Compaction{
		Trigger: "auto", PreTokens: 100, PostTokens: 40, Replaced: 3,
		Cut:  []CutResult{{Message: 4, ToolCallID: "c", Text: "cut"}, {Message: 9, ToolCallID: "none"}},
		Head: []sdk.Message{said(sdk.RoleUser, "task, summary")},
	}))
	if got := texts(before); got != "task;a;b;long output;" {
		t.Errorf("what was handed out became %q", got)
	}
	check(s.Append(said(sdk.RoleAssistant, "after"), false))
	check(s.Append(said(sdk.RoleUser, "refused"), false))
	check(s.Keep(4))
	check(s.SetPrefix(Prefix{Hash: "h", Date: "2026-01-02", Tools: map[string]string{"read": "1"}}))
	id, project := s.ID(), Project(s.state.header.WorkingDir)
	check(s.Close())

	for name, open := range map[string]func() (*Session, error){
		"resume": func() (*Session, error) { return store.Resume(id, project) },
		"peek":   func() (*Session, error) { return store.Peek(id, project) },
	} {
		again, err := open()
		check(err)
		tokens, _ := again.Context()
		prefix, known := again.Prefix()
		got := fmt.Sprint(texts(again.Messages()), tokens, string(again.ProviderState("acme")), known, prefix.Date)
		if want := "task, summary;cut;after;40true2026-01-02"; got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
		check(again.Close())
	}
	whole, err := store.Read(id, project)
	check(err)
	if got := texts(whole.Messages); got != "task;a;b;long output;after;" {
		t.Errorf("the transcript has %q", got)
	}
	want := CompactedAt{Message: 5, Trigger: "auto", PreTokens: 100, PostTokens: 40, Cut: 2, Summarized: true}
	if len(whole.Compacted) != 1 || whole.Compacted[0] != want {
		t.Errorf("compacted %+v", whole.Compacted)
	}
	for name, write := range map[string]func(io.Writer) error{"md": whole.WriteMarkdown, "html": whole.WriteHTML} {
		var out strings.Builder
		check(write(&out))
		mark, after := strings.Index(out.String(), "compacted here from about 100 to 40 tokens"), strings.Index(out.String(), "after\n")
		if name == "html" {
			after = strings.Index(out.String(), ">after<")
		}
		if mark < strings.Index(out.String(), "long output") || after < mark {
			t.Errorf("%s has the mark at %d, what follows at %d: %s", name, mark, after, out.String())
		}
	}
}
