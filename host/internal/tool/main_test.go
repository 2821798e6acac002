package tool

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/sdk/guard"
)

func TestMain(m *testing.M) {
	guard.Main()
	os.Exit(m.Run())
}

// allow allows everything; refuse refuses what its function names.
type allow struct{}

func (allow) Authorize(context.Context, Access) error { return nil }

type refuse func(Access) string

func (r refuse) Authorize(_ context.Context, access Access) error {
	if reason := r(access); reason != "" {
		return &DeniedError{Access: access, Reason: reason}
	}
	return nil
}

// memoryTodos is a TodoStore.
type memoryTodos struct {
	mu    sync.Mutex
	todos []Todo
}

func (m *memoryTodos) Todos() []Todo {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.todos
}

func (m *memoryTodos) SetTodos(todos []Todo) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.todos = todos
	return nil
}

// fixture is a set in a folder of its own.
type fixture struct {
	*Set
	t   testing.TB
	dir string
}

func newFixture(t testing.TB, change ...func(*Config)) *fixture {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	config := Config{
		WorkingDir: filepath.Join(dir, "work"), SpoolDir: filepath.Join(dir, "spool"),
		Authorizer: allow{}, Todos: &memoryTodos{}, SessionID: "s1",
		Environment: []string{"PATH=" + os.Getenv("PATH"), "HOME=" + filepath.Join(dir, "home")},
	}
	if err := os.Mkdir(config.WorkingDir, 0o755); err != nil {
		t.Fatal(err)
	}
	for _, c := range change {
		c(&config)
	}
	set := New(config)
	t.Cleanup(func() { set.Close(context.WithoutCancel(t.Context())) })
	return &fixture{Set: set, t: t, dir: config.WorkingDir}
}

func (f *fixture) path(name string) string { return filepath.Join(f.dir, filepath.FromSlash(name)) }

func (f *fixture) put(name, content string) string {
	f.t.Helper()
	path := f.path(name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		f.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		f.t.Fatal(err)
	}
	return path
}

func (f *fixture) get(name string) string {
	f.t.Helper()
	data, err := os.ReadFile(f.path(name))
	if err != nil {
		f.t.Fatal(err)
	}
	return string(data)
}

// args is the arguments of a call: names and values in turn.
type args map[string]any

func (f *fixture) run(name string, input args) Result {
	f.t.Helper()
	return f.runIn(f.t.Context(), name, input)
}

func (f *fixture) runIn(ctx context.Context, name string, input args) Result {
	f.t.Helper()
	raw, err := json.Marshal(input)
	if err != nil {
		f.t.Fatal(err)
	}
	return f.Run(ctx, Call{ID: "call", Name: name, Input: raw})
}

// ok runs a call that must succeed and returns its text.
func (f *fixture) ok(name string, input args) string {
	f.t.Helper()
	result := f.run(name, input)
	if result.IsError {
		f.t.Fatalf("%s %v: %s", name, input, result.Text())
	}
	return result.Text()
}

// fails runs a call that must fail with code and returns its text.
func (f *fixture) fails(code Code, name string, input args) string {
	f.t.Helper()
	result := f.run(name, input)
	if !result.IsError || result.Code != code {
		f.t.Fatalf("%s %v: code %q, want %q: %s", name, input, result.Code, code, result.Text())
	}
	return result.Text()
}

func wantContains(t testing.TB, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		if !strings.Contains(text, part) {
			t.Errorf("%q is missing in:\n%s", part, text)
		}
	}
}

func bufioReader(data []byte) *bufio.Reader { return bufio.NewReader(bytes.NewReader(data)) }
