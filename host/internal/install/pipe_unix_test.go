//go:build unix

package install

import (
	"path/filepath"
	"syscall"
	"testing"
)

// TestPipe: what can be read once, and waits for a writer, is no source.
func TestPipe(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "jcode-provider-acme")
	if err := syscall.Mkfifo(pipe, 0o755); err != nil {
		t.Fatal(err)
	}
	_, err := agreeing(t).Install(t.Context(), Request{Source: pipe})
	wantError(t, err, KindUsage, "neither a file nor a folder")
}
