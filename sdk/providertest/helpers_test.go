package providertest_test

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/internal/spawn"
)

// buildScripted builds the scripted plugin as a release is built.
func buildScripted(tb testing.TB) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "jcode-provider-scripted")
	build := exec.CommandContext(tb.Context(), "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path, "./cmd/jcode-provider-scripted")
	if out, err := build.CombinedOutput(); err != nil {
		tb.Fatalf("%v: %s", err, out)
	}
	return path
}

func startScripted(tb testing.TB, path string) *spawn.Process {
	tb.Helper()
	dir, err := os.MkdirTemp("", "s") //nolint:usetesting // its folder makes too long a path
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	p, err := spawn.Start(spawn.Options{Path: path, SocketDir: dir})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(p.Kill)
	return p
}

type ignore struct{ count int }

func (i *ignore) Emit(sdk.Event) error { i.count++; return nil }
func (*ignore) Ask(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	return sdk.PermissionAnswer{}, nil
}
func (*ignore) Interrupted() <-chan struct{} { return nil }
