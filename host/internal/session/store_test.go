package session

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func TestReferences(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(t.TempDir()), t.TempDir()
	project := Project(dir)
	ids := []string{"20260101-000000-aaaaa", "20260101-000000-aaaab", "20260202-000000-bbbbb"}
	for i, id := range ids {
		s, err := store.create(Header{ID: id, Project: project, WorkingDir: dir}, nil)
		must(t, err)
		must(t, s.Close())
		at := time.Unix(int64(1000-i), 0) // the first is the newest
		must(t, os.Chtimes(s.Path(), at, at))
	}
	tests := map[string]struct {
		ref        string
		want       string
		candidates int
	}{
		"whole id":       {ids[0], ids[0], 0},
		"unique prefix":  {"20260202", ids[2], 0},
		"ambiguous":      {"2026", "", 3},
		"ambiguous two":  {"20260101-000000-aaaa", "", 2},
		"unknown":        {"1999", "", 0},
		"newest":         {"", ids[0], 0},
		"path":           {"../x", "", 0},
		"not in the set": {"2026*", "", 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := store.find(test.ref, project)
			if test.want != "" {
				must(t, err)
				if got.id != test.want {
					t.Errorf("found %s", got.id)
				}
				return
			}
			var missing *NotFoundError
			if !errors.As(err, &missing) || len(missing.Candidates) != test.candidates {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := store.find("", "other-project"); err == nil {
		t.Error("another project's session was found as the newest")
	}
}

// What a process left that died at once is not the newest session.
func TestEmptyFileIsNotTheNewest(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(t.TempDir()), t.TempDir()
	s := newSession(t, store, dir)
	must(t, s.Append(user("x"), false))
	must(t, s.Close())
	empty := filepath.Join(filepath.Dir(s.Path()), "29990101-000000-aaaaa"+extension)
	must(t, os.WriteFile(empty, nil, 0o600))
	must(t, os.Chtimes(empty, time.Time{}, time.Now().Add(time.Hour)))
	again, err := store.Resume("", Project(dir))
	must(t, err)
	defer again.Close()
	if again.ID() != s.ID() {
		t.Errorf("resumed %s", again.ID())
	}
}

func TestFork(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	s := newSession(t, store, t.TempDir())
	must(t, s.Append(user(strings.Repeat("long ", 100_000)), false))
	must(t, s.Append(assistant(sdk.Text{Text: "b"}), false))
	must(t, s.SetProviderState("acme", []byte("x")))
	fork, err := store.Fork(s.ID(), "", "")
	must(t, err)
	must(t, fork.Append(user("in the fork"), false))
	must(t, fork.Close())
	read, err := store.Read(fork.ID(), "")
	must(t, err)
	if read.ForkedFrom != s.ID() || fork.ID() == s.ID() || len(read.Messages) != 3 {
		t.Errorf("fork %s from %q with %d messages", fork.ID(), read.ForkedFrom, len(read.Messages))
	}
	if len(s.Messages()) != 2 {
		t.Error("the original changed")
	}
	if string(fork.ProviderState("acme")) != "x" {
		t.Error("the provider state was not copied")
	}
}

func TestListAndDelete(t *testing.T) {
	t.Parallel()
	store, dir := NewStore(t.TempDir()), t.TempDir()
	var last *Session
	for i := range 5 {
		last = newSession(t, store, dir)
		must(t, last.Append(user(strings.Repeat("x", 40_000)), false))
		must(t, last.AppendTurn(Turn{Turn: i + 1, Provider: "acme", Model: "m-2"}))
		must(t, last.AppendTurn(Turn{Turn: 99, Provider: "acme", ParentID: "t"}))
		must(t, last.Close())
		at := time.Unix(int64(1000+i), 0)
		must(t, os.Chtimes(last.Path(), at, at))
	}
	must(t, os.WriteFile(filepath.Join(filepath.Dir(last.Path()), "20990101-000000-zzzzz.jsonl"), []byte("junk\n"), 0o600))
	rows, err := store.List(Project(dir), 3)
	must(t, err)
	if len(rows) != 3 || rows[0].Problem == "" || rows[1].ID != last.ID() || rows[1].Turns != 5 || rows[1].Title != "first" || rows[1].Model != "m-2" {
		t.Fatalf("rows %+v", rows)
	}
	all, err := store.List("", 0)
	must(t, err)
	if len(all) != 6 {
		t.Errorf("%d rows in all", len(all))
	}
	must(t, os.MkdirAll(last.SpoolDir(), 0o700))
	must(t, os.WriteFile(filepath.Join(last.SpoolDir(), "t.txt"), []byte("x"), 0o600))
	id, err := store.Delete(last.ID(), "")
	must(t, err)
	if id != last.ID() {
		t.Errorf("deleted %s", id)
	}
	for _, path := range []string{last.Path(), last.SpoolDir(), last.lockPath()} {
		if _, err := os.Lstat(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s is still there", path)
		}
	}
	empty, err := NewStore(filepath.Join(t.TempDir(), "none")).List("", 0)
	if err != nil || len(empty) != 0 {
		t.Errorf("list of nothing: %v, %v", empty, err)
	}
}

func TestExport(t *testing.T) {
	t.Parallel()
	transcript := &Transcript{Summary: Summary{ID: "1", Title: "A title"}, Messages: []sdk.Message{
		user("hello"),
		assistant(sdk.Thinking{Text: "hm"}, sdk.ToolCall{ID: "a", Name: "bash", Input: json.RawMessage(`{"command":"ls"}`)}),
		{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "a", Content: []sdk.Block{sdk.Text{Text: "```\nx\n```"}, sdk.Image{MediaType: "image/png"}}}}},
		assistant(sdk.NativeTool{Name: "fetch", Output: "page"}, sdk.Text{Text: "bye"}),
	}}
	var md, js bytes.Buffer
	must(t, transcript.WriteMarkdown(&md))
	for _, want := range []string{"# A title", "## Tool results", "**bash**", "````", "image/png", "bye", "page", "hm"} {
		if !strings.Contains(md.String(), want) {
			t.Errorf("no %q in\n%s", want, md.String())
		}
	}
	must(t, transcript.WriteJSON(&js))
	var back struct{ Messages []sdk.Message }
	must(t, json.Unmarshal(js.Bytes(), &back))
	if diff := cmp.Diff(transcript.Messages, back.Messages); diff != "" {
		t.Error(diff)
	}
}

func TestProject(t *testing.T) {
	t.Parallel()
	root := filepath.Join(t.TempDir(), "My Repo (2)")
	below := filepath.Join(root, "a", "b")
	must(t, os.MkdirAll(below, 0o755))
	if Project(below) == Project(root) {
		t.Error("two folders outside a repository share a project")
	}
	must(t, os.Mkdir(filepath.Join(root, ".git"), 0o755))
	if Project(below) != Project(root) || !strings.HasPrefix(Project(root), "my-repo-2-") {
		t.Errorf("projects %s and %s", Project(below), Project(root))
	}
	for name, want := range map[string]string{"/": "root", "Ünï": "n", strings.Repeat("a", 99): strings.Repeat("a", 32)} {
		if got := slug(name); got != want {
			t.Errorf("slug(%q) = %q", name, got)
		}
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	now := time.Date(2026, 11, 23, 14, 27, 3, 0, time.UTC)
	for range 1000 {
		id := newID(now)
		if seen[id] || !validRef(id) || !strings.HasPrefix(id, "20261123-142703-") || len(id) != 21 {
			t.Fatalf("id %q", id)
		}
		seen[id] = true
	}
	if newID(now) > newID(now.Add(time.Second)) {
		t.Error("ids do not sort by time")
	}
}

// writeLong writes a session of about size bytes.
func writeLong(tb testing.TB, store *Store, dir string, size int) *Session {
	tb.Helper()
	s, err := store.Create(Header{WorkingDir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	text := strings.Repeat("func main() { fmt.Println(\"hello\") } // a line of code\n", 200)
	for i := 0; s.size < int64(size); i++ {
		id := fmt.Sprintf("call_%d", i)
		_ = s.Append(assistant(sdk.Text{Text: "reading"}, sdk.ToolCall{ID: id, Name: "read", Input: json.RawMessage(`{"file_path":"main.go"}`)}), false)
		_ = s.Append(sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: id, Content: []sdk.Block{sdk.Text{Text: text}}}}}, false)
	}
	if err := s.Close(); err != nil {
		tb.Fatal(err)
	}
	return s
}

// Not parallel: it counts what the process allocates. BenchmarkLoad20MB tells the
// time.
func TestLongSessionLoads(t *testing.T) {
	const size = 4 << 20
	store := NewStore(t.TempDir())
	s := writeLong(t, store, t.TempDir(), size)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	read, err := store.Read(s.ID(), "")
	must(t, err)
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 8*size {
		t.Errorf("%d messages in %d bytes took %d bytes of memory", len(read.Messages), size, allocated)
	}
}

func BenchmarkLoad20MB(b *testing.B) {
	store := NewStore(b.TempDir())
	s := writeLong(b, store, b.TempDir(), 20<<20)
	b.SetBytes(20 << 20)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := load(s.Path()); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkAppendTurn(b *testing.B) {
	s, err := NewStore(b.TempDir()).Create(Header{WorkingDir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	b.ReportAllocs()
	for b.Loop() {
		_ = s.Append(assistant(sdk.ToolCall{ID: "a", Name: "read", Input: json.RawMessage(`{}`)}), false)
		_ = s.Append(sdk.Message{Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.ToolResult{ToolCallID: "a"}}}, false)
		_ = s.AppendTurn(Turn{Turn: 1})
	}
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"v":1,"type":"message","time":"2026-01-01T00:00:00Z","message":{"role":"user","content":[{"type":"text","text":"}}"}]}}`))
	f.Add([]byte(`{"v":1,"type":"message","time":"x","interrupted":true,"message":{"role":"user","content":[]}}`))
	f.Add([]byte(`{"v":1,"type":"header","time":"x","header":{"id":"a"}}`))
	f.Add([]byte(`{"v":1,"type":"message","time":"","message":{},"x":{}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		_, message, err := decode(line)
		if err != nil {
			return
		}
		// Whatever the quick way accepts, the slow way reads the same.
		var e entry
		if json.Unmarshal(line, &e) != nil {
			t.Fatalf("accepted what is no JSON: %s", line)
		}
		if e.Type == typeMessage && len(e.Message) > 0 {
			var slow sdk.Message
			if err := slow.UnmarshalJSON(e.Message); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(message, slow); diff != "" {
				t.Fatal(diff)
			}
		}
	})
}

func TestReadable(t *testing.T) {
	t.Parallel()
	for input, want := range map[string]string{
		`{"a":"x \u003c y \u0026\u003e"}`: `{"a":"x < y &>"}`,
		`{"a":"\\u003c"}`:                 `{"a":"\\u003c"}`, // that is a backslash, then text
		`{"a":"\\\u003c"}`:                `{"a":"\\<"}`,
		`{"a":"\n\u00e9"}`:                `{"a":"\n\u00e9"}`,
		`\u00`:                            `\u00`,
		`{}`:                              `{}`,
	} {
		if got := Readable([]byte(input)); got != want {
			t.Errorf("%s: %s, want %s", input, got, want)
		}
	}
}

func TestNoSessionHere(t *testing.T) {
	t.Parallel()
	store := NewStore(t.TempDir())
	for project, want := range map[string]string{Project(t.TempDir()): "jcode sessions list --all-projects", "": "jcode run, which begins one"} {
		var missing *NotFoundError
		if _, err := store.Read("", project); !errors.As(err, &missing) || missing.Hint() != want {
			t.Errorf("%v: try %q", err, missing.Hint())
		}
	}
}
