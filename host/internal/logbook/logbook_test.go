package logbook

import (
	"encoding/json"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestLog(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		level string
		want  []string
	}{
		"standard": {"", []string{"e", "w", "i", "from a plugin"}},
		"trace":    {"trace", []string{"e", "w", "i", "d", "t", "from a plugin"}},
		"error":    {"error", []string{"e"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := filepath.Join(t.TempDir(), "log")
			if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
				t.Fatal(err)
			}
			log, err := Open(path, test.level)
			if err != nil {
				t.Fatal(err)
			}
			log.Error("e")
			log.Warn("w")
			log.Info("i", "ms", 3)
			log.Debug("d")
			log.Trace("t")
			log.Plugin("acme", 7, "info", "wire", "from a plugin", map[string]any{"n": 1})
			if log.Traces() != (test.level == "trace") {
				t.Error("Traces does not know the level")
			}
			if err := log.Close(); err != nil {
				t.Fatal(err)
			}
			log.Error("late")
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			lines := strings.Split(strings.TrimSpace(string(data)), "\n")
			if lines[0] != "before" {
				t.Errorf("it began anew: %s", data)
			}
			var got []string
			for _, line := range lines[1:] {
				var entry map[string]any
				if err := json.Unmarshal([]byte(line), &entry); err != nil {
					t.Fatalf("%s: %v", line, err)
				}
				message, _ := entry["@message"].(string)
				got = append(got, message)
				if message == "from a plugin" && (entry["plugin"] != "acme" || entry["@module"] != "jcode.plugin") {
					t.Errorf("%v", entry)
				}
			}
			if strings.Join(got, ",") != strings.Join(test.want, ",") {
				t.Errorf("wrote %v, want %v", got, test.want)
			}
		})
	}
}

func TestOpen(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "new")
	log, err := Open(path, "debug")
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	missing := filepath.Join(path, "below a file")
	if _, err := Open(missing, ""); err == nil || strings.Count(err.Error(), missing) != 1 {
		t.Errorf("%v", err)
	}
	if _, err := Open(path, "loud"); err == nil {
		t.Error("any level is accepted")
	}
	var none *Log
	none.Info("nothing")
	none.Plugin("a", 1, "info", "", "", nil)
	if none.Traces() || none.Close() != nil {
		t.Error("a nil log is of use")
	}
}
