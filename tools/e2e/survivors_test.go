//go:build unix

package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// survivors lists the processes whose environment holds mark.
func survivors(mark string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/environ")
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(content, []byte(mark)) {
			continue
		}
		cmdline, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		found = append(found, fmt.Sprintf("%s %q", filepath.Base(filepath.Dir(file)), bytes.ReplaceAll(cmdline, []byte{0}, []byte{' '})))
	}
	return found
}

// noSurvivors waits until no process carries mark; only Linux can tell.
func noSurvivors(t *testing.T, mark string, limit time.Duration) {
	t.Helper()
	var left []string
	for deadline := time.Now().Add(limit); ; <-time.After(5 * time.Millisecond) {
		if left = survivors(mark); len(left) == 0 {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after %s still there: %v", limit, left)
		}
	}
}
