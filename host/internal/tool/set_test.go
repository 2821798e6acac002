package tool

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
)

func TestSpecs(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	want := []string{"bash", "edit", "glob", "grep", "read", "todoread", "todowrite", "write"}
	if diff := cmp.Diff(want, f.Names()); diff != "" {
		t.Error(diff)
	}
	for i, spec := range f.Specs() {
		var schema struct {
			Type       string
			Properties map[string]struct{ Type, Description string }
			Required   []string
		}
		if err := json.Unmarshal(spec.InputSchema, &schema); err != nil || schema.Type != "object" || schema.Properties == nil {
			t.Errorf("%s: %v: %s", spec.Name, err, spec.InputSchema)
		}
		for name, property := range schema.Properties {
			if property.Type == "" || property.Description == "" {
				t.Errorf("%s: %s is not described", spec.Name, name)
			}
		}
		if string(spec.InputSchema) != string(f.Specs()[i].InputSchema) || len(spec.Description) > 1500 {
			t.Errorf("%s: not the same each time, or too long", spec.Name)
		}
	}
	if f := newFixture(t, func(c *Config) { c.Todos = nil }); len(f.Names()) != 6 {
		t.Errorf("without todos: %v", f.Names())
	}
}

func TestLookup(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for name, want := range map[string]string{"bash": "bash", "Bash": "bash", "TodoWrite": "todowrite"} {
		if tool, ok := f.Lookup(name); !ok || tool.Spec().Name != want {
			t.Errorf("%s: %v", name, ok)
		}
	}
	wantContains(t, f.fails(CodeUnknownTool, "bosh", nil), `no tool "bosh"`, "bash, edit, glob")
}

// fakeTool does what its function does.
type fakeTool struct {
	name string
	run  func() Result
}

func (f fakeTool) Spec() sdk.ToolSpec               { return sdk.ToolSpec{Name: f.name} }
func (f fakeTool) ReadOnly(json.RawMessage) bool    { return true }
func (f fakeTool) Run(context.Context, Call) Result { return f.run() }

func TestRunIsSafe(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	set := f.With(
		fakeTool{"panics", func() Result { panic("boom") }},
		fakeTool{"long", func() Result { return textResult(strings.Repeat("line\n", 10_000)) }},
		fakeTool{"dirty", func() Result { return textResult("a\xffb\x00c") }},
		fakeTool{"empty", func() Result { return Result{} }},
		fakeTool{"bash", func() Result { return textResult("another bash") }},
	)
	run := func(name string) Result { return set.Run(t.Context(), Call{ID: "../x", Name: name}) }
	if result := run("panics"); !result.IsError || result.Code != CodeFailed || !strings.Contains(result.Text(), "boom") {
		t.Errorf("%+v", result)
	}
	long := run("long")
	if len(long.Text()) > 30_300 || !long.Truncated {
		t.Errorf("%d characters", len(long.Text()))
	}
	if data, err := os.ReadFile(long.FullOutputPath); err != nil || len(data) != 50_000 || filepath.Dir(long.FullOutputPath) != filepath.Join(filepath.Dir(f.dir), "spool") {
		t.Errorf("%d bytes in %s, %v", len(data), long.FullOutputPath, err)
	}
	if got := run("dirty").Text(); got != "a\uFFFDb\\x00c" {
		t.Errorf("%q", got)
	}
	if got := run("empty").Text(); got != "(no output)" {
		t.Errorf("%q", got)
	}
	if got := run("bash").Text(); got != "another bash" || len(set.Names()) != 12 {
		t.Errorf("%q %v", got, set.Names())
	}
	if got := set.Only("read", "bash", "nope").Names(); len(got) != 2 {
		t.Errorf("%v", got)
	}
}

func TestRunCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, name := range f.Names() {
		if result := f.runIn(ctx, name, nil); result.Code != CodeCancelled || !result.IsError || len(result.Content) != 1 {
			t.Errorf("%s: %+v", name, result)
		}
	}
}

func TestNoAuthorizerAllowsNothing(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.Authorizer = nil })
	f.put("x", "x")
	for name, input := range map[string]args{
		"read": {"file_path": "x"}, "write": {"file_path": "y", "content": ""}, "edit": {"file_path": "x", "old_string": "x", "new_string": "y"},
		"bash": {"command": "ls"}, "glob": {"pattern": "*"}, "grep": {"pattern": "x"},
	} {
		f.fails(CodeDenied, name, input)
	}
}

func TestChildHasItsOwnMemory(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", "one\n")
	f.ok("read", args{"file_path": "x"})
	child := &fixture{Set: f.Child(allow{}, nil), t: t, dir: f.dir}
	child.fails(CodeNotRead, "edit", args{"file_path": "x", "old_string": "one", "new_string": "two"})
	if child.bench.locks != f.bench.locks || child.bench.jobs != f.bench.jobs {
		t.Error("locks and jobs are not shared")
	}
	if _, ok := child.Lookup("todoread"); ok {
		t.Error("it has todoread")
	}
}

func TestSummary(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, test := range []struct{ name, input, want string }{
		{"bash", `{"command":"go test\n  ./..."}`, "go test ./..."},
		{"read", `{"file_path":"a.go"}`, "a.go"},
		{"read", `{"file_path":"a.go","offset":"20"}`, "a.go:20"},
		{"Grep", `{"pattern":"x","path":"src"}`, "x in src"},
		{"todowrite", `{"todos":[{},{}]}`, "2 tasks"},
		{"nope", `{"x":1}`, `{"x":1}`},
		{"bash", `{`, ""},
		{"bash", `{"command":"` + strings.Repeat("x", 200) + `"}`, strings.Repeat("x", 120) + "…"},
	} {
		if got := f.Summary(Call{Name: test.name, Input: json.RawMessage(test.input)}); got != test.want {
			t.Errorf("%s %s: %q", test.name, test.input, got)
		}
	}
}

func TestDescribe(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, input, want string }{
		{"bash", `{"command":"go test ./...","description":"Run all tests"}`, "go test ./..."},
		{"task", `{"prompt":"long","description":"look around"}`, "look around"},
		{"fetch", `{"url":"x"}`, `{"url":"x"}`},
	} {
		if got := Describe(Call{Name: test.name, Input: json.RawMessage(test.input)}); got != test.want {
			t.Errorf("%s %s: %q", test.name, test.input, got)
		}
	}
}

func TestDecode(t *testing.T) {
	t.Parallel()
	list := parameters{
		{name: "n", kind: kindInteger},
		{name: "b", kind: kindBoolean},
		{name: "s", kind: kindString},
		{name: "p", kind: kindString, path: true, aliases: []string{"q"}},
		{name: "e", kind: kindString, enum: []string{"x", "y"}},
		{name: "a", kind: kindArray},
	}
	for _, test := range []struct {
		input string
		want  map[string]any
		fails string
	}{
		{input: ``, want: map[string]any{}},
		{input: `null`, want: map[string]any{}},
		{input: ` {} `, want: map[string]any{}},
		{input: `{"n":"20","b":"true"}`, want: map[string]any{"n": 20, "b": true}},
		{input: `{"n":20.0,"b":0}`, want: map[string]any{"n": 20, "b": false}},
		{input: `{"n":null,"b":null}`, want: map[string]any{}},
		{input: `{"p":" a b\n"}`, want: map[string]any{"p": "a b"}},
		{input: `{"q":"x"}`, want: map[string]any{"p": "x"}},
		{input: `{"s":" a "}`, want: map[string]any{"s": " a "}},
		{input: `{"s":12}`, want: map[string]any{"s": "12"}},
		{input: `{"s":{}}`, fails: "argument s must be of type string"},
		{input: `{"n":"x"}`, fails: `argument n must be of type integer, not "x"`},
		{input: `{"n":1.5}`, fails: "integer"},
		{input: `{"n":1e300}`, fails: "integer"},
		{input: `{"b":"maybe"}`, fails: "boolean"},
		{input: `{"e":"z"}`, fails: "one of: x, y"},
		{input: `{"a":"[1]"}`, want: map[string]any{"a": []json.RawMessage{json.RawMessage("1")}}},
		{input: `{"a":1}`, fails: "array"},
		{input: `[1]`, fails: "JSON object"},
		{input: `{"n":1`, fails: "the JSON ends too early"},
		{input: `{"n":1} x`, fails: "not valid JSON at byte 7"},
		{input: `{"n":1,}`, fails: `near "{\"n\":1,}"`},
		{input: `{"n": tru}`, fails: "not valid JSON at byte 9"},
	} {
		got, err := list.decode(json.RawMessage(test.input))
		if test.fails != "" {
			if err == nil || !strings.Contains(err.Error(), test.fails) {
				t.Errorf("%s: %v, want %q", test.input, err, test.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", test.input, err)
		}
		if diff := cmp.Diff(test.want, got.values); diff != "" {
			t.Errorf("%s: %s", test.input, diff)
		}
	}
}

func TestDecodeNotes(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", "one\n")
	wantContains(t, f.ok("read", args{"file_path": "x", "zeal": 1, "color": "red"}), "[ignored unknown arguments: color, zeal]")
	wantContains(t, f.fails(CodeInvalidInput, "read", args{}), "file_path (string) is missing")
	wantContains(t, f.fails(CodeInvalidInput, "bash", args{"command": nil}), "command (string) is missing")
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"file_path":"x","offset":"-1"}`))
	f.Add([]byte(`{"edits":[{"old_string":1}]}`))
	f.Add([]byte("{\"a\":\"\xff\"}"))
	f.Fuzz(func(_ *testing.T, input []byte) {
		for _, list := range []parameters{readParameters, editParameters, grepParameters, todoWriteParameters} {
			if args, err := list.decode(input); err == nil {
				_, _ = replacements(args)
				_, _ = decodeTodos(args.array("todos"))
				_ = args.note()
			}
		}
	})
}

func TestCuts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text       string
		limit      int
		head, tail string
	}{
		{"a\nb\nc\n", 10, "a\nb\nc\n", "a\nb\nc\n"},
		{"aa\nbb\ncc\n", 7, "aa\nbb\n", "bb\ncc\n"},
		{"aa\nbb\ncc\n", 6, "aa\nbb\n", "bb\ncc\n"},
		{"ääää", 2, "ää", "ää"},
		{"ä\nää", 2, "ä\n", "ää"},
		{"a\nbbbbbbbbbb\nc\n", 8, "a\nbbbbbb", "bbbbb\nc\n"},
	} {
		if head, _ := cutHead(test.text, test.limit); head != test.head {
			t.Errorf("cutHead(%q, %d) = %q", test.text, test.limit, head)
		}
		if tail := cutTail(test.text, test.limit); tail != test.tail {
			t.Errorf("cutTail(%q, %d) = %q", test.text, test.limit, tail)
		}
	}
}

func FuzzClean(f *testing.F) {
	f.Add([]byte("\x1b[31mred\x1b[0m\r\x1b]0;title\x07x\by\n"))
	f.Add([]byte("\x1b"))
	f.Add([]byte("\x1b]\x1b[\x1b(\xff\xfe"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		text := plainText(cleanOutput(raw))
		if !isPlain(text) {
			t.Errorf("%q becomes %q", raw, text)
		}
		if strings.Contains(cleanOutput([]byte("a\n"+string(raw))), "\x1b[31m") {
			t.Errorf("%q keeps its colours", raw)
		}
	})
}

func TestPaths(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	home := f.bench.variable("HOME")
	for raw, want := range map[string]string{
		"a/b": f.dir + "/a/b", "/x/../y": "/y", "~/z": home + "/z", "~": home, "@/src/a": f.dir + "/src/a", "file:///tmp/x": "/tmp/x", " a \n": f.dir + "/a", "": f.dir, "~other/x": f.dir + "/~other/x",
	} {
		if got, err := f.bench.expand(raw); err != nil || got != want {
			t.Errorf("%q: %q, %v, want %q", raw, got, err, want)
		}
	}
	for _, raw := range []string{"a\x00b", "a\xff"} {
		if _, err := f.bench.expand(raw); err == nil {
			t.Errorf("%q: no error", raw)
		}
	}
}

func TestRealPath(t *testing.T) {
	t.Parallel()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, to := range map[string]string{"a": "b", "b": "c/d", "loop": "loop", "up": "../x", "abs": dir + "/c", "dangling": "c/new/file"} {
		if err := os.Symlink(to, dir+"/"+name); err != nil {
			t.Skip(err)
		}
	}
	for path, want := range map[string]string{
		"/a": "/c/d", "/a/e": "/c/d/e", "/nope/x": "/nope/x", "/abs/q": "/c/q", "/dangling": "/c/new/file", "/b/../z": "/c/z",
	} {
		clean := dir + path
		if got, err := RealPath(clean); err != nil || got != dir+want && path != "/b/../z" {
			t.Errorf("%s: %s, %v", path, got, err)
		}
	}
	if _, err := RealPath(dir + "/loop"); err == nil {
		t.Error("no error for a loop")
	}
	if got, _ := RealPath(dir + "/up"); got != filepath.Dir(dir)+"/x" {
		t.Errorf("up: %s", got)
	}
}
