package archtest

import (
	"bufio"
	"bytes"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNoMethodByName: nothing in jcode looks up a method by a name that the linker
// cannot see (text/template does). One such place keeps every exported method of
// every type in the program: some megabytes, and a slower start of every command.
func TestNoMethodByName(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("links the program")
	}
	cmd := exec.CommandContext(t.Context(), "go", "build", "-tags", "grpcnotrace,urfave_cli_no_docs", "-trimpath",
		"-ldflags", "-s -w -dumpdep", "-o", filepath.Join(t.TempDir(), "jcode"), "./cmd/jcode")
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
	lines := 0
	for s := bufio.NewScanner(&said); s.Scan(); lines++ {
		if from, to, ok := strings.Cut(s.Text(), " -> "); ok && strings.Contains(from, "<ReflectMethod>") {
			t.Errorf("%s calls %s", from, to)
		}
	}
	if lines < 10_000 {
		t.Errorf("the linker said %d lines only: it says in another way what calls what", lines)
	}
}
