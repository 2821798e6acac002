//go:build unix

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// killPlugin sends SIGKILL to the plugin process below jcode.
func killPlugin(jcode int) bool {
	killed := false
	for _, pid := range descendants(jcode) {
		exe, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
		if err == nil && strings.Contains(string(exe), "jcode-provider-") {
			killed = syscall.Kill(pid, syscall.SIGKILL) == nil || killed
		}
	}
	return killed
}

func descendants(pid int) []int {
	var pids []int
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/children", pid))
	for _, list := range lists {
		content, _ := os.ReadFile(list)
		for _, field := range strings.Fields(string(content)) {
			var child int
			if _, err := fmt.Sscan(field, &child); err == nil {
				pids = append(append(pids, child), descendants(child)...)
			}
		}
	}
	return pids
}

// await waits for a file of the project.
func (b *bed) await(name string) {
	b.t.Helper()
	path := filepath.Join(b.project, name)
	eventually(b.t, 30*time.Second, name+" exists", func() bool {
		_, err := os.Stat(path)
		return err == nil
	})
}

func eventually(t *testing.T, limit time.Duration, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(limit); !done(); <-time.After(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after %s still not: %s", limit, what)
		}
	}
}
