//go:build unix

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// logged makes every command of the bed log at the most talkative level, and fails
// the test in the end if one of the secrets is in the log.
func (b *bed) logged(secrets func() []string) {
	b.t.Helper()
	b.env = append(b.env, "JCODE_LOG="+b.logFile(), "JCODE_LOG_LEVEL=trace")
	b.t.Cleanup(func() {
		content, err := os.ReadFile(b.logFile())
		if err == nil {
			b.without(secrets(), "the log", string(content))
		}
	})
}

// unlogged takes it back, for users who may not write there.
func (b *bed) unlogged() {
	b.env = slices.DeleteFunc(b.env, func(entry string) bool { return strings.HasPrefix(entry, "JCODE_LOG=") })
}

func (b *bed) logFile() string { return filepath.Join(b.home, "jcode.log") }

// entries are the lines of a log by message.
func entries(t *testing.T, path string) map[string][]map[string]any {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]map[string]any{}
	for line := range strings.Lines(string(content)) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		message, _ := entry["@message"].(string)
		found[message] = append(found[message], entry)
	}
	return found
}

// The log tells what happened and how long it took, and nothing of what was said.
func TestLogFile(t *testing.T) {
	t.Parallel()
	b := newBed(t, turns(
		reply(text("ANSWER-one"), call("bash", `{"command":"echo TOOL-output; exit 3 # COMMAND-text"}`)),
		reply(call("read", `{"file_path":"FILE-name.txt"}`), call("INVENTED tool", `{}`)),
		reply(text("ANSWER-two")),
	))
	b.write("FILE-name.txt", "FILE-content\n")
	path := filepath.Join(b.home, "mine.log") // the flag is stronger than the variable
	r := b.jcode("run", "--provider", "claude", "--log-file", path, "--log-level", "trace", "--system", "SYSTEM-prompt", "PROMPT-text")
	r.want(t, 0)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, said := range []string{"ANSWER", "TOOL-output", "COMMAND-text", "FILE-name", "FILE-content", "INVENTED", "SYSTEM-prompt", "PROMPT-text", apiKey} {
		if strings.Contains(string(content), said) {
			t.Errorf("the log holds %s", said)
		}
	}
	found := entries(t, path)
	for message, fields := range map[string]map[string]any{
		"jcode started":   {"@level": "info", "@module": "jcode"},
		"provider chosen": {"provider": "claude"},
		"plugin started":  {"provider": "claude", "protocol": 1.0, "verified": true},
		"run started":     {"provider": "claude"},
		"model call":      {"turn": 1.0, "status": "tool_use"},
		"tool call":       {"tool": "bash", "exit": 3.0, "error": false},
		"run ended":       {"turns": 3.0},
	} {
		entry := found[message]
		if len(entry) == 0 {
			t.Errorf("no line %q in %v", message, found)
			continue
		}
		for name, want := range fields {
			if entry[0][name] != want {
				t.Errorf("%s: %s is %v, want %v", message, name, entry[0][name], want)
			}
		}
	}
	for _, name := range []string{"prepare_ms", "connect_ms", "introduce_ms", "configure_ms", "ms"} {
		if ms, ok := found["plugin started"][0][name].(float64); !ok || ms <= 0 {
			t.Errorf("%s is %v", name, found["plugin started"][0][name])
		}
	}
	if n := len(found["model call"]); n != 3 || len(found["tool call"]) != 3 || len(found["model event"]) == 0 {
		t.Errorf("%d model calls, %d tool calls, %d model events", n, len(found["tool call"]), len(found["model event"]))
	}
	if ms, _ := found["model call"][0]["ms"].(float64); ms <= 0 {
		t.Errorf("%v", found["model call"][0])
	}
	b.jcode("run", "--provider", "claude", "--log-file", path, "--log-level", "error", "again").want(t, 0)
	if after, _ := os.ReadFile(path); string(after) != string(content) {
		t.Errorf("at level error it wrote %s", strings.TrimPrefix(string(after), string(content)))
	}
	asked := len(b.server.Requests())
	b.jcode("run", "--log-file", "nowhere/x.log", "hi").want(t, 3, "--log-file", "no such file", "try:")
	if len(b.server.Requests()) != asked {
		t.Error("it ran all the same")
	}
}
