package host

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// recorder keeps the events of a run.
type recorder struct {
	mu     sync.Mutex
	events []Event
	on     func(Event)
}

func (r *recorder) take(event Event) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.events = append(r.events, event)
	if r.on != nil {
		r.on(event)
	}
	return nil
}

func (r *recorder) warnings() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, event := range r.events {
		if w, ok := event.(Warning); ok {
			all = append(all, w.Code+": "+w.Message)
		}
	}
	return strings.Join(all, "\n")
}

func (r *recorder) started(t *testing.T) RunStarted {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.events) > 0 {
		if started, ok := r.events[0].(RunStarted); ok {
			return started
		}
	}
	t.Fatalf("the first event is no RunStarted: %v", r.events)
	return RunStarted{}
}

func TestRunKeepsASession(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	var first, second recorder
	one, err := h.Run(t.Context(), RunOptions{Prompt: "hello", Provider: "acme", OnEvent: first.take})
	if err != nil || one.Text != "1 messages, last: hello" || one.Provider != "acme" || one.Model != "m-1" || one.Turns != 1 || one.Duration <= 0 {
		t.Fatalf("%+v, %v", one, err)
	}
	started := first.started(t)
	if started.SessionID != one.SessionID || started.AuthSource != "ACME_KEY" || started.Plugins[0].Name != "acme" || started.Plugins[0].SHA256 == "" || !slices.Contains(started.Tools, "task") || started.Model != "m-1" {
		t.Errorf("started %+v", started)
	}
	two, err := h.Run(t.Context(), RunOptions{Prompt: "more", Provider: "acme", Continue: true, OnEvent: second.take})
	if err != nil || two.Text != "3 messages, last: more" || two.SessionID != one.SessionID || second.started(t).ResumedFrom != one.SessionID {
		t.Fatalf("%+v, %v", two, err)
	}
	fork, err := h.Run(t.Context(), RunOptions{Prompt: "aside", Provider: "acme", Resume: one.SessionID, Fork: true})
	if err != nil || fork.Text != "5 messages, last: aside" || fork.SessionID == one.SessionID {
		t.Fatalf("%+v, %v", fork, err)
	}
	rows, err := h.Sessions(t.Context(), SessionFilter{})
	if err != nil || len(rows) != 2 || rows[0].Title != "hello" {
		t.Errorf("%+v, %v", rows, err)
	}
	var out bytes.Buffer
	if err := h.ExportSession(t.Context(), &out, SessionRef{Ref: one.SessionID}, ExportOptions{Format: ExportMarkdown}); err != nil || !strings.Contains(out.String(), "more") {
		t.Errorf("%v: %s", err, out.String())
	}
	if _, err := h.DeleteSession(t.Context(), SessionRef{Ref: fork.SessionID}); err != nil {
		t.Error(err)
	}
	var missing *SessionNotFoundError
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme", Resume: "2099"}); !errors.As(err, &missing) {
		t.Errorf("an unknown id gave %v", err)
	}
	if rows, _ := h.Sessions(t.Context(), SessionFilter{AllProjects: true}); len(rows) != 1 {
		t.Errorf("%d sessions are left", len(rows))
	}
}

func TestRunWithTools(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	file := filepath.Join(h.options.WorkingDir, "new.txt")
	input, _ := json.Marshal(map[string]string{"file_path": file, "content": "made\n"})
	result, err := h.Run(t.Context(), RunOptions{Prompt: "tools 1 write " + string(input), Provider: "acme"})
	if err != nil || result.Text != "done after 1 results" || !slices.Equal(result.FilesChanged, []string{file}) {
		t.Fatalf("%+v, %v", result, err)
	}
	if data, err := os.ReadFile(file); err != nil || string(data) != "made\n" {
		t.Errorf("%q, %v", data, err)
	}
	outside, _ := json.Marshal(map[string]string{"file_path": filepath.Join(t.TempDir(), "x"), "content": "made\n"})
	var denied *DeniedError
	result, err = h.Run(t.Context(), RunOptions{Prompt: "tools 1 write " + string(outside), Provider: "acme", OnDeny: "report"})
	if !errors.As(err, &denied) || len(result.Denials) != 1 || result.Text == "" {
		t.Errorf("%+v, %v", result, err)
	}
}

func TestShellSeesNoProviderKey(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("needs a POSIX shell")
	}
	h := testHost(t, []string{"ACME_BASE=http://secret", "SOME_TOKEN=hush", "PLAIN=yes", "OTHER_KEY=passed"}, "acme")
	manifest := "schema = 1\nname = \"acme\"\nversion = \"1.2.3\"\nprotocol = [1]\nkind = \"http\"\n[environment]\nvariables = [\"ACME_BASE\"]\n"
	if err := os.WriteFile(h.options.Plugins["acme"]+".plugin.toml", []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := h.Run(t.Context(), RunOptions{Prompt: `tools 1 bash {"command":"env"}`, Provider: "acme", PassEnv: []string{"OTHER_KEY"}})
	if err != nil {
		t.Fatal(err)
	}
	read, err := h.Session(t.Context(), SessionRef{})
	if err != nil {
		t.Fatal(err)
	}
	result, _ := read.Messages[2].Blocks[0].(sdk.ToolResult)
	shown, _ := result.Content[0].(sdk.Text)
	for text, want := range map[string]bool{"PLAIN=yes": true, "OTHER_KEY=passed": true, "ACME_BASE": false, "SOME_TOKEN": false} {
		if strings.Contains(shown.Text, text) != want {
			t.Errorf("%s: want %v in\n%s", text, want, shown.Text)
		}
	}
}

func TestCrashGoesOn(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	var events recorder
	result, err := h.Run(t.Context(), RunOptions{Prompt: "die", Provider: "acme", OnEvent: events.take})
	if err != nil || result.Text != "1 messages, last: die" {
		t.Fatalf("%+v, %v", result, err)
	}
	restarted := slices.ContainsFunc(events.events, func(e Event) bool { r, ok := e.(PluginRestarted); return ok && r.Resent })
	if !restarted || events.warnings() != "" {
		t.Errorf("restarted %v, warnings %s", restarted, events.warnings())
	}
}

func TestCancelRun(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	stop := errors.New("interrupt")
	ctx, cancel := context.WithCancelCause(t.Context())
	var events recorder
	events.on = func(e Event) {
		if m, ok := e.(ModelEvent); ok {
			if _, ok := m.Event.(sdk.TextDelta); ok {
				cancel(stop)
			}
		}
	}
	result, err := h.Run(ctx, RunOptions{Prompt: "hang", Provider: "acme", OnEvent: events.take})
	if !errors.Is(err, stop) || result.Text != "hanging" {
		t.Fatalf("%+v, %v", result, err)
	}
	read, err := h.Session(t.Context(), SessionRef{Ref: result.SessionID})
	if err != nil || len(read.Messages) != 2 {
		t.Errorf("%+v, %v", read, err)
	}
	var timeout *TimeoutError
	if _, err := h.Run(t.Context(), RunOptions{Prompt: "hang", Provider: "acme", Timeout: 300 * time.Millisecond}); !errors.As(err, &timeout) || !errors.Is(err, ErrTimeout) {
		t.Errorf("error %v", err)
	}
}

func TestEphemeral(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	kept, err := h.Run(t.Context(), RunOptions{Prompt: "one", Provider: "acme"})
	if err != nil {
		t.Fatal(err)
	}
	result, err := h.Run(t.Context(), RunOptions{Prompt: "two", Provider: "acme", Ephemeral: true, Resume: kept.SessionID})
	if err != nil || result.SessionPath != "" || result.Text != "3 messages, last: two" {
		t.Fatalf("%+v, %v", result, err)
	}
	read, err := h.Session(t.Context(), SessionRef{Ref: kept.SessionID})
	if err != nil || len(read.Messages) != 2 {
		t.Errorf("the original changed: %+v, %v", read, err)
	}
}

func TestChoice(t *testing.T) {
	t.Parallel()
	t.Run("first that is logged in", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "aa-out", "bb", "cc")
		for range 2 { // the second time from memory
			var events recorder
			result, err := h.Run(t.Context(), RunOptions{Prompt: "x", OnEvent: events.take})
			if err != nil || result.Provider != "bb" || !strings.Contains(events.warnings(), "provider_chosen: provider bb") {
				t.Fatalf("%+v, %v, %s", result, err, events.warnings())
			}
		}
		if _, err := os.Stat(h.choicePath()); err != nil {
			t.Error(err)
		}
	})
	t.Run("asked once for each run", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "aa")
		for i, provider := range []string{"", "", "aa"} { // chosen, from memory, named
			if _, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: provider}); err != nil {
				t.Fatal(err)
			}
			asked, err := os.ReadFile(filepath.Join(h.home, "data", "aa", "asked-login"))
			if err != nil || len(asked) != i+1 {
				t.Fatalf("run %d: asked %d times in all (%v)", i+1, len(asked), err)
			}
		}
	})
	t.Run("the user's order", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "aa", "bb", "cc-out")
		if err := h.ConfigSet("providers", "gone,cc-out,bb,aa"); err != nil {
			t.Fatal(err)
		}
		if result, err := h.Run(t.Context(), RunOptions{Prompt: "x"}); err != nil || result.Provider != "bb" {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("variable beats configuration", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, []string{"JCODE_PROVIDER=bb"}, "aa", "bb")
		if err := h.ConfigSet("provider", "aa"); err != nil {
			t.Fatal(err)
		}
		if result, err := h.Run(t.Context(), RunOptions{Prompt: "x"}); err != nil || result.Provider != "bb" {
			t.Errorf("%+v, %v", result, err)
		}
	})
	t.Run("nobody", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "aa-out", "bb-out")
		result, err := h.Run(t.Context(), RunOptions{Prompt: "x"})
		var none *NoProviderError
		if !errors.As(err, &none) || !slices.Equal(Remedies(err), []string{"jcode login --provider aa-out", "jcode login --provider bb-out"}) {
			t.Errorf("%+v, %v", result, err)
		}
		if _, err := os.Stat(h.sessionsFolder()); !errors.Is(err, fs.ErrNotExist) {
			t.Error("a session was begun")
		}
	})
	t.Run("named, and logged out", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "aa-out")
		_, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "aa-out"})
		if sdk.KindOf(err) != sdk.KindUnauthenticated || !slices.Equal(Remedies(err), []string{"jcode login --provider aa-out"}) {
			t.Errorf("%v", err)
		}
	})
	t.Run("missing", func(t *testing.T) {
		t.Parallel()
		h := testHost(t, nil, "acme")
		var plugin *PluginError
		if _, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acm"}); !errors.As(err, &plugin) || !strings.Contains(err.Error(), "acme") {
			t.Errorf("%v", err)
		}
	})
}

func TestRefusedBeforeAnyCall(t *testing.T) {
	t.Parallel()
	png := append([]byte("\x89PNG\r\n\x1a\n"), make([]byte, 20)...)
	tests := map[string]struct {
		options RunOptions
		plugin  string
		config  bool
	}{
		"no images":        {RunOptions{Prompt: "x", Attachments: []Attachment{{Name: "a.png", Data: png}}}, "acme", false},
		"binary":           {RunOptions{Prompt: "x", Attachments: []Attachment{{Name: "a", Data: []byte{0, 1, 2}}}}, "acme", false},
		"binary stdin":     {RunOptions{Prompt: "x", Piped: &PipedInput{Head: []byte("a\x00b"), Total: 3}}, "acme", false},
		"empty":            {RunOptions{Prompt: "  "}, "acme", false},
		"mode":             {RunOptions{Prompt: "x", PermissionMode: "yolo"}, "acme", false},
		"on deny":          {RunOptions{Prompt: "x", OnDeny: "cry"}, "acme", false},
		"fork of nothing":  {RunOptions{Prompt: "x", Fork: true}, "acme", false},
		"both":             {RunOptions{Prompt: "x", Continue: true, Resume: "a"}, "acme", false},
		"unknown setting":  {RunOptions{Prompt: "x", Settings: map[string]string{"modle": "x"}}, "acme", false},
		"bad setting":      {RunOptions{Prompt: "x", Settings: map[string]string{"max_turns": "x"}}, "acme", false},
		"mode, unenforced": {RunOptions{Prompt: "x", PermissionMode: "edit", PermissionModeExplicit: true}, "native", true},
		"turns, likewise":  {RunOptions{Prompt: "x", MaxTurns: 3}, "native", true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := testHost(t, nil, test.plugin)
			test.options.Provider = test.plugin
			_, err := h.Run(t.Context(), test.options)
			var usage *UsageError
			var config *ConfigError
			if errors.As(err, &config) != test.config || errors.As(err, &usage) == test.config {
				t.Errorf("error %v (%T)", err, err)
			}
			if _, err := os.Stat(h.sessionsFolder()); !errors.Is(err, fs.ErrNotExist) {
				t.Error("a session was begun")
			}
		})
	}
}

func TestPipedInputIsKept(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	spool := filepath.Join(t.TempDir(), "spool")
	if err := os.WriteFile(spool, []byte("all of it"), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := h.Run(t.Context(), RunOptions{
		Prompt: "look", Provider: "acme",
		Piped: &PipedInput{Head: []byte("all"), Tail: []byte("it"), Total: 9, Spool: spool},
	})
	if err != nil {
		t.Fatal(err)
	}
	moved := filepath.Join(strings.TrimSuffix(result.SessionPath, ".jsonl"), "stdin.txt")
	if data, err := os.ReadFile(moved); err != nil || string(data) != "all of it" {
		t.Errorf("%q, %v", data, err)
	}
	for _, want := range []string{"<stdin>\nall\n[… 4 of 9 bytes left out; all of it is in " + moved, "it\n</stdin>"} {
		if !strings.Contains(result.Text, want) {
			t.Errorf("no %q in %s", want, result.Text)
		}
	}
}

func TestReadOnlyHome(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("needs a user whom modes stop")
	}
	h := testHost(t, nil, "acme")
	if err := os.MkdirAll(h.sessionsFolder(), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(h.sessionsFolder(), 0o500); err != nil {
		t.Fatal(err)
	}
	var events recorder
	result, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme", OnEvent: events.take})
	if err != nil || result.SessionPath != "" || !strings.Contains(events.warnings(), "session_ephemeral") {
		t.Errorf("%+v, %v, %s", result, err, events.warnings())
	}
}

// A session that cannot be kept ends the run before the model is asked, and says how
// to go on without one.
func TestNoPlaceForSessions(t *testing.T) {
	t.Parallel()
	h := testHost(t, nil, "acme")
	if err := os.MkdirAll(filepath.Dir(h.sessionsFolder()), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(h.sessionsFolder(), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme"})
	if remedies := Remedies(err); err == nil || len(remedies) != 1 || !strings.Contains(remedies[0], "--ephemeral") {
		t.Fatalf("%v, %q", err, remedies)
	}
	result, err := h.Run(t.Context(), RunOptions{Prompt: "x", Provider: "acme", Ephemeral: true})
	if err != nil || result.Text == "" {
		t.Errorf("ephemeral: %+v, %v", result, err)
	}
}

func TestModelGoesToThePlugin(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ settings, want map[string]string }{
		"for all":           {map[string]string{"model": "m-9"}, map[string]string{"model": "m-9"}},
		"for this one":      {map[string]string{"model": "m-9", "provider": "acme"}, map[string]string{"model": "m-9"}},
		"for another":       {map[string]string{"model": "m-9", "provider": "other"}, map[string]string{}},
		"its own is nearer": {map[string]string{"model": "m-9", "plugin.acme.model": "m-2", "plugin.acme.x": "1"}, map[string]string{"model": "m-2", "x": "1"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := testHost(t, nil, "acme")
			result, err := h.Run(t.Context(), RunOptions{Prompt: "settings", Provider: "acme", Settings: test.settings})
			want, _ := json.Marshal(test.want)
			if len(test.want) == 0 {
				want = []byte("null")
			}
			if err != nil || result.Text != string(want) {
				t.Errorf("%q, %v; want %s", result.Text, err, want)
			}
		})
	}
}
