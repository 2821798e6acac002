//go:build unix

package discover

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestPipeInAFolder: one that is named like a program, or like a manifest, is listed as
// broken. Opened, it would hold up every jcode until somebody writes to it.
func TestPipeInAFolder(t *testing.T) {
	t.Parallel()
	for name, pipe := range map[string]string{"a program": "jcode-provider-acme", "a manifest": "jcode-provider-acme.plugin.toml"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if pipe != "jcode-provider-acme" {
				if err := os.WriteFile(filepath.Join(dir, "jcode-provider-acme"), []byte("#!/bin/sh\n"), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			if err := syscall.Mkfifo(filepath.Join(dir, pipe), 0o755); err != nil {
				t.Fatal(err)
			}
			row := Inspect(filepath.Join(dir, "jcode-provider-acme"), Options{HostProtocols: []int{1}})
			if row.Status != StatusBroken || !strings.Contains(row.Reason, "is no file") {
				t.Errorf("%+v", row)
			}
		})
	}
}
