package ollama_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/examples/ollama"
	"github.com/jcode-go/jcode/sdk/providertest"
)

// TestConformance runs what `jcode plugins test` does, with the same fixtures.
func TestConformance(t *testing.T) {
	t.Parallel()
	subject := providertest.FromFile(t, "conformance.json")
	subject.New = func() sdk.Provider { return ollama.New("1.0.0") }
	subject.Path, subject.Slack = program(t), 10
	providertest.Run(t, subject)
}

// program is the built plugin, with its manifest.
func program(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "jcode-provider-ollama")
	if runtime.GOOS == "windows" {
		path += ".exe"
	}
	build := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/jcode-provider-ollama")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	manifest, err := os.ReadFile("plugin.toml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(path), "plugin.toml"), manifest, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
