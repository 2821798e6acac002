package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

const demo = "../../demo"

// TestDemonstration plays a client with real tools against the scenario of the
// demonstration: it must succeed only when the edit tool works on the bug.
func TestDemonstration(t *testing.T) {
	t.Parallel()
	const bug, mended = "(word) < width", "(word) <= width"
	working := func(path, before, after string) (string, bool) { return replace(t, path, before, after), false }
	for name, c := range map[string]struct {
		prepare func(path string)
		edit    func(path, before, after string) (string, bool)
		want    string
		steps   int
	}{
		"works":           {nil, working, "Fixed: ", 6},
		"edit lies":       {nil, func(string, string, string) (string, bool) { return "edited", false }, "Could not fix it: `TestLines/exact_fit` still", 6},
		"edit refuses":    {nil, func(string, string, string) (string, bool) { return "old_string not found", true }, "Could not fix it: a tool", 5},
		"edit goes wrong": {nil, func(path, before, _ string) (string, bool) { return replace(t, path, before, ""), false }, "Could not fix it: ", 6},
		"mended before":   {func(path string) { replace(t, path, bug, mended) }, working, "Nothing to fix: ", 2},
		"another bug": {func(path string) {
			replace(t, path, "line = word\n\t\tcase", "line = word + word\n\t\tcase")
			replace(t, path, bug, mended)
		}, working, "Could not fix it: a tool", 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := copySample(t)
			if c.prepare != nil {
				c.prepare(filepath.Join(dir, "wrap.go"))
			}
			server, got := converse(t, dir, c.edit)
			if !strings.HasPrefix(got, c.want) {
				t.Errorf("end = %q, want %q…", got, c.want)
			}
			if n := len(server.Requests()); n != c.steps {
				t.Errorf("%d requests, want %d", n, c.steps)
			}
			if name == "works" && !strings.Contains(got, "    ok  \texample.com/wrap") {
				t.Errorf("no proof in %q", got)
			}
		})
	}
}

func copySample(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(demo, "testdata/sample"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func replace(t *testing.T, path, before, after string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Count(b, []byte(before)) != 1 {
		t.Fatalf("%q is not in %s once", before, path)
	}
	if err := os.WriteFile(path, bytes.Replace(b, []byte(before), []byte(after), 1), 0o600); err != nil {
		t.Fatal(err)
	}
	return "edited " + path
}

type wireBlock struct {
	Type  string            `json:"type"`
	Text  string            `json:"text"`
	ID    string            `json:"id"`
	Name  string            `json:"name"`
	Input map[string]string `json:"input"`
}

// converse runs tools until the server calls none, and returns its last text.
func converse(t *testing.T, dir string, edit func(path, before, after string) (string, bool)) (*Server, string) {
	t.Helper()
	scenario, err := Load(filepath.Join(demo, "scenario.json"))
	if err != nil {
		t.Fatal(err)
	}
	server, base := serve(t, Options{Scenario: scenario})
	talked := []string{`{"role":"user","content":"Fix the failing test."}`}
	for range 10 {
		res, reply := do(t, http.MethodPost, base+"/v1/messages", talk(talked...), nil)
		var m struct {
			Content json.RawMessage `json:"content"`
		}
		var blocks []wireBlock
		if err := json.Unmarshal(reply, &m); err != nil || res.StatusCode != http.StatusOK {
			t.Fatalf("%d %s: %v", res.StatusCode, reply, err)
		}
		if json.Unmarshal(m.Content, &blocks) != nil && len(blocks) == 0 {
			t.Fatalf("content %s", m.Content)
		}
		call := blocks[len(blocks)-1]
		if call.Type != "tool_use" {
			return server, call.Text
		}
		out, failed := runTool(t, dir, call, edit)
		talked = append(talked, fmt.Sprintf(`{"role":"assistant","content":%s}`, m.Content),
			userSays(fmt.Sprintf(`{"type":"tool_result","tool_use_id":%q,"content":%s,"is_error":%v}`, call.ID, wire.Encode(out), failed)))
	}
	t.Fatal("the conversation does not end")
	return nil, ""
}

func runTool(t *testing.T, dir string, call wireBlock, edit func(path, before, after string) (string, bool)) (string, bool) {
	t.Helper()
	path := filepath.Join(dir, call.Input["file_path"])
	switch call.Name {
	case "bash":
		args := strings.Fields(call.Input["command"])
		cmd := exec.CommandContext(t.Context(), args[0], args[1:]...)
		cmd.Dir, cmd.Env = dir, append(os.Environ(), "GOWORK=off")
		out, err := cmd.CombinedOutput()
		if err != nil {
			out = append(out, "\n[exit 1 · 0.1 s]"...)
		}
		return string(out), false
	case "grep":
		return "wrap.go:13:func Lines(text string, width int) []string {", false
	case "read":
		b, err := os.ReadFile(path)
		return string(b), err != nil
	case "edit":
		return edit(path, call.Input["old_string"], call.Input["new_string"])
	}
	t.Errorf("unknown tool %s", call.Name)
	return "", true
}
