//go:build unix

package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestConsentOnTerminal: the screen says what the plugin asks for, and the answer
// counts.
func TestConsentOnTerminal(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		keys, then string
		exit       int
		installed  bool
	}{
		"yes":    {"y\r", `installed fake 1\.2\.3`, 0, true},
		"no":     {"n\r", `you did not agree; nothing was`, 6, false},
		"Enter":  {"\r", `you did not agree; nothing was`, 6, false},
		"Ctrl-C": {"\x03", `interrupted`, 130, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := onPTY(t, "plugins", "install", "./plugins")
			t.Cleanup(func() {
				objects, _ := filepath.Glob(filepath.Join(s.home, "plugins", "store", "*"))
				for _, object := range objects {
					_ = os.Chmod(object, 0o700)
				}
			})
			s.see(t, `fake 1\.2\.3`)
			s.see(t, `environment FAKE_KEY`)
			s.see(t, `Install it\? \[y/N\]`)
			s.press(t, test.keys)
			s.see(t, test.then)
			if code := s.end(t); code != test.exit {
				t.Errorf("exit %d, want %d", code, test.exit)
			}
			_, err := os.Stat(filepath.Join(s.home, "plugins", "current"))
			if (err == nil) != test.installed {
				t.Errorf("installed: %v", err)
			}
			if left, _ := os.ReadDir(filepath.Join(s.home, "plugins", "staging")); len(left) > 0 {
				t.Errorf("left in staging: %v", left)
			}
		})
	}
}
