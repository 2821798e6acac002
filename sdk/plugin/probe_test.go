package plugin_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/plugin"
)

// TestProbe: the plugin opens what the host names, and answers before the provider
// sees its configuration.
func TestProbe(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	missing := filepath.Join(dir, "missing")
	client := remote(t, &fake{configure: func(sdk.Config) error { return nil }})
	got, err := client.ConfigureProbing(t.Context(), sdk.Config{}, []string{dir, file, missing, "\xff"})
	if err != nil || len(got) != 3 || got[2].Error == "" {
		t.Fatalf("%+v, %v", got, err)
	}
	got[2].Error = ""
	if d := cmp.Diff([]plugin.Probe{{Path: dir, Readable: true}, {Path: file, Readable: true}, {Path: missing}}, got); d != "" {
		t.Error(d)
	}
	many := strings.Split(strings.Repeat(file+"\n", 100), "\n")
	if got, err := client.ConfigureProbing(t.Context(), sdk.Config{}, many); err != nil || len(got) != 32 {
		t.Errorf("%d answers, %v", len(got), err)
	}
}
