package session

import (
	"bufio"
	"encoding/json"
	"errors"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

func user(text string) sdk.Message {
	return sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}}}
}

func assistant(blocks ...sdk.Block) sdk.Message {
	return sdk.Message{Role: sdk.RoleAssistant, Provider: "acme", Blocks: blocks}
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func newSession(t *testing.T, store *Store, dir string) *Session {
	t.Helper()
	s, err := store.Create(Header{WorkingDir: dir, Version: "1.2.3", Provider: "acme", Title: "first"})
	must(t, err)
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(filepath.Join(t.TempDir(), "sessions")), t.TempDir()
	s := newSession(t, store, dir)
	cost := 0.5
	messages := []sdk.Message{
		user("look <at> this\u2028line"),
		assistant(
			sdk.Thinking{Text: "hm", Signature: "sig", Opaque: []byte{0, 1}},
			sdk.Text{Text: "reading"},
			sdk.ToolCall{ID: "t1", Name: "read", Input: json.RawMessage(`{"file_path":"a"}`)},
		),
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{
			ToolCallID: "t1",
			Content:    []sdk.Block{sdk.Text{Text: "x"}, sdk.Image{MediaType: "image/png", Data: []byte{1, 2}}},
		}}},
		assistant(sdk.Text{Text: "done"}),
	}
	for _, message := range messages {
		must(t, s.Append(message, false))
	}
	must(t, s.SetTodos([]tool.Todo{{ID: "1", Content: "c", Status: "pending", Priority: "low"}}))
	must(t, s.SetProviderState("acme", []byte{9, 0, 7}))
	must(t, s.AddFiles([]tool.SeenFile{{Path: "/a", Size: 1}, {Path: "/b", Size: 2}}))
	must(t, s.AddFiles([]tool.SeenFile{{Path: "/a", Size: 3, SHA256: []byte{1}}}))
	must(t, s.AppendTurn(Turn{Turn: 1, Provider: "acme", Model: "m-answered"}))
	must(t, s.AppendTurn(Turn{Turn: 1, Provider: "acme", Model: "m-child", ParentID: "t1"}))
	must(t, s.AppendTurn(Turn{Turn: 2, Provider: "acme", Usage: sdk.Usage{InputTokens: 3, CostUSD: &cost}}))
	must(t, s.Note("for people"))
	must(t, s.Sync())
	must(t, s.Close())

	again, err := store.Resume(s.ID(), "")
	must(t, err)
	defer again.Close()
	if diff := cmp.Diff(messages, again.Messages()); diff != "" {
		t.Error(diff)
	}
	if again.Turns() != 2 || len(again.Todos()) != 1 || string(again.ProviderState("acme")) != "\x09\x00\x07" {
		t.Errorf("turns %d, todos %v, state %v", again.Turns(), again.Todos(), again.ProviderState("acme"))
	}
	sizes := map[string]int64{}
	for _, file := range again.Files() {
		sizes[file.Path] = file.Size
	}
	if !maps.Equal(sizes, map[string]int64{"/a": 3, "/b": 2}) {
		t.Errorf("files %v", again.Files())
	}
	if again.ProviderState("other") != nil {
		t.Error("another provider sees the state")
	}
	if len(again.Warnings()) != 0 {
		t.Errorf("warnings: %v", again.Warnings())
	}
	read, err := store.Read("", Project(dir))
	must(t, err)
	if read.ID != s.ID() || read.Usage.InputTokens != 3 || read.Model != "m-answered" || read.Title != "first" {
		t.Errorf("read %+v", read)
	}
}

func TestModes(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no such modes here")
	}
	root := filepath.Join(t.TempDir(), "home", "sessions")
	s := newSession(t, NewStore(root), t.TempDir())
	for path, want := range map[string]fs.FileMode{root: 0o700, filepath.Dir(s.Path()): 0o700, s.Path(): 0o600} {
		info, err := os.Stat(path)
		must(t, err)
		if info.Mode().Perm() != want {
			t.Errorf("%s: mode %v, want %v", path, info.Mode().Perm(), want)
		}
	}
}

func TestAppendOnly(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	s := newSession(t, store, t.TempDir())
	before, err := os.ReadFile(s.Path())
	must(t, err)
	for range 20 {
		must(t, s.Append(user("a"), false))
		must(t, s.Append(assistant(sdk.Text{Text: "b"}), false))
		after, err := os.ReadFile(s.Path())
		must(t, err)
		if !strings.HasPrefix(string(after), string(before)) {
			t.Fatal("the file was rewritten")
		}
		before = after
	}
	for line := range strings.Lines(string(before)) {
		var entry map[string]any
		must(t, json.Unmarshal([]byte(line), &entry))
		if entry["v"] != 1.0 || entry["type"] == "" || entry["time"] == "" {
			t.Errorf("line %s", line)
		}
	}
}

func TestMessagesStayValidWhileAppending(t *testing.T) {
	t.Parallel()
	s, err := Ephemeral(Header{WorkingDir: t.TempDir()})
	must(t, err)
	defer s.Close()
	must(t, s.Append(user("one"), false))
	held := s.Messages()
	must(t, s.Append(user("two"), false))
	if len(held[0].Blocks) != 1 {
		t.Error("a message that was handed out grew")
	}
	if got := s.Messages(); len(got) != 1 || len(got[0].Blocks) != 2 {
		t.Errorf("two user messages in a row did not become one: %v", got)
	}
	must(t, s.Append(sdk.Message{Role: sdk.RoleAssistant}, false))
	if len(s.Messages()) != 1 {
		t.Error("an empty message was kept")
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		damage   func(string) string
		messages int
		line     int // of the expected error; 0 is none
		warning  bool
	}{
		"whole":           {func(s string) string { return s }, 2, 0, false},
		"torn last line":  {func(s string) string { return s[:len(s)-20] }, 1, 0, true},
		"no line end":     {func(s string) string { return s[:len(s)-1] }, 2, 0, false},
		"zeroes at end":   {func(s string) string { return s + strings.Repeat("\x00", 500) }, 2, 0, true},
		"middle":          {func(s string) string { return strings.Replace(s, `"role":"user"`, `"role":"us`, 1) }, 0, 2, false},
		"garbage, ended":  {func(s string) string { return s + "garbage\n" }, 0, 4, false},
		"newer schema":    {func(s string) string { return s + `{"v":2,"type":"message"}` + "\n" }, 0, 4, false},
		"unknown type":    {func(s string) string { return s + `{"v":1,"type":"future"}` + "\n" }, 2, 0, false},
		"no header":       {func(s string) string { return s[strings.Index(s, "\n")+1:] }, 0, 1, false},
		"empty":           {func(string) string { return "" }, 0, 1, false},
		"turn of nothing": {func(s string) string { return s + `{"v":1,"type":"turn"}` + "\n" }, 0, 4, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := NewStore(t.TempDir())
			s := newSession(t, store, t.TempDir())
			must(t, s.Append(user("question"), false))
			must(t, s.Append(assistant(sdk.Text{Text: "answer"}), false))
			must(t, s.Close())
			whole, err := os.ReadFile(s.Path())
			must(t, err)
			must(t, os.WriteFile(s.Path(), []byte(test.damage(string(whole))), 0o600))

			again, err := store.Resume(s.ID(), "")
			if test.line > 0 {
				var corrupt *CorruptError
				if !errors.As(err, &corrupt) || corrupt.Line != test.line || corrupt.File != s.Path() {
					t.Fatalf("error %v, want line %d", err, test.line)
				}
				return
			}
			must(t, err)
			if got := len(again.Messages()); got != test.messages || (len(again.Warnings()) > 0) != test.warning {
				t.Fatalf("%d messages, warnings %v", got, again.Warnings())
			}
			must(t, again.Append(user("next"), false))
			must(t, again.Close())
			last, err := store.Read(s.ID(), "")
			must(t, err)
			blocks := last.Messages[len(last.Messages)-1].Blocks
			if blocks[len(blocks)-1] != (sdk.Text{Text: "next"}) {
				t.Errorf("after the repair: %v", blocks)
			}
		})
	}
}

func TestRepairOfKilledRun(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	s := newSession(t, store, t.TempDir())
	must(t, s.Append(user("go"), false))
	must(t, s.Append(assistant(
		sdk.ToolCall{ID: "a", Name: "bash", Input: json.RawMessage(`{}`)},
		sdk.ToolCall{ID: "b", Name: "bash", Input: json.RawMessage(`{}`)},
	), false))
	must(t, s.Close())
	for range 2 { // the second time there is nothing left to repair
		again, err := store.Resume(s.ID(), "")
		must(t, err)
		messages := again.Messages()
		if len(messages) != 3 || len(messages[2].Blocks) != 2 {
			t.Fatalf("messages %v", messages)
		}
		for i, id := range []string{"a", "b"} {
			result, ok := messages[2].Blocks[i].(sdk.ToolResult)
			if !ok || result.ToolCallID != id || !result.IsError {
				t.Errorf("block %d: %v", i, messages[2].Blocks[i])
			}
		}
		must(t, again.Close())
	}
}

func TestRepairInTheMiddle(t *testing.T) {
	t.Parallel()
	s := state{messages: []sdk.Message{
		user("go"),
		assistant(sdk.ToolCall{ID: "a"}, sdk.ToolCall{ID: "b"}),
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "b"}, sdk.Text{Text: "and"}}},
		assistant(sdk.Text{Text: "ok"}),
	}}
	if _, appended := s.repair(); appended {
		t.Error("something was appended")
	}
	blocks := s.messages[2].Blocks
	if len(blocks) != 3 || blocks[0].(sdk.ToolResult).ToolCallID != "a" {
		t.Errorf("blocks %v", blocks)
	}
}

func TestKeep(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	s := newSession(t, store, t.TempDir())
	must(t, s.Append(user("one"), false))
	must(t, s.Append(assistant(sdk.Text{Text: "two"}), false))
	must(t, s.Append(user("refused"), false))
	must(t, s.Keep(2))
	must(t, s.Append(user("three"), false))
	want := s.Messages()
	must(t, s.Close())
	read, err := store.Read(s.ID(), "")
	must(t, err)
	if diff := cmp.Diff(want, read.Messages); diff != "" || len(want) != 3 {
		t.Errorf("%d messages: %s", len(want), diff)
	}
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	s, err := Ephemeral(Header{WorkingDir: t.TempDir()})
	must(t, err)
	must(t, s.Append(user("hi"), false))
	must(t, os.WriteFile(filepath.Join(s.SpoolDir(), "call.txt"), []byte("x"), 0o600))
	if s.Path() != "" || len(s.Messages()) != 1 {
		t.Errorf("path %q, %d messages", s.Path(), len(s.Messages()))
	}
	must(t, s.Close())
	if _, err := os.Stat(s.SpoolDir()); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the spool is still there: %v", err)
	}
}

func TestSecondProcessIsRefused(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	holder, stop := holdSession(t, root)
	store := NewStore(root)
	_, err := store.Resume("", Project(root))
	var locked *LockedError
	if !errors.As(err, &locked) {
		t.Fatalf("error %v", err)
	}
	if runtime.GOOS != "windows" && locked.PID != holder {
		t.Errorf("pid %d, want %d", locked.PID, holder)
	}
	if !strings.Contains(locked.Hint(), "--fork") {
		t.Errorf("hint %q", locked.Hint())
	}
	if _, err := store.Delete("", Project(root)); !errors.As(err, &locked) {
		t.Errorf("delete: %v", err)
	}
	fork, err := store.Fork("", Project(root), "")
	must(t, err)
	must(t, fork.Close())
	stop() // SIGKILL: the lock file stays, the lock does not
	again, err := store.Resume(locked.ID, "")
	must(t, err)
	must(t, again.Close())
}

// holdSession runs a process that holds a session open until stop.
func holdSession(t *testing.T, root string) (pid int, stop func()) {
	t.Helper()
	command := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestHoldHelper$")
	command.Env = append(os.Environ(), "SESSION_TEST_ROOT="+root)
	out, err := command.StdoutPipe()
	must(t, err)
	stdin, err := command.StdinPipe()
	must(t, err)
	must(t, command.Start())
	t.Cleanup(func() { _ = stdin.Close() })
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "held\n" {
		t.Fatalf("helper said %q: %v", line, err)
	}
	return command.Process.Pid, func() {
		_ = command.Process.Kill()
		_ = command.Wait()
	}
}

func TestHoldHelper(t *testing.T) {
	root := os.Getenv("SESSION_TEST_ROOT")
	if root == "" {
		t.Skip("the other half of TestSecondProcessIsRefused")
	}
	s, err := NewStore(root).Create(Header{WorkingDir: root})
	must(t, err)
	must(t, s.Append(user("held"), false))
	_, _ = os.Stdout.WriteString("held\n")
	_, _ = os.Stdin.Read(make([]byte, 1))
}
