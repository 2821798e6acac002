package launch

import (
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/discover"
)

func put(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInterpreterOf(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no #! scripts there")
	}
	dir := resolved(t.TempDir())
	first, second := filepath.Join(dir, "first"), filepath.Join(dir, "second", "bin")
	node := put(t, filepath.Join(second, "node"), "")
	other := put(t, filepath.Join(first, "other"), "")
	environ := []string{"HOME=/h", "PATH=relative::" + first + ":" + second}
	for line, want := range map[string]string{
		"#!/usr/bin/env node":           node,
		"#!/usr/bin/env -S node --no-x": node,
		"#! /usr/bin/env -i A=1 node":   node,
		"#!/usr/bin/env " + other:       other,
		"#!" + other + " -x":            other,
		"#!/usr/bin/env missing":        "",
		"#!/usr/bin/env":                "",
		"#!" + dir:                      "",
		"#!relative/interpreter":        "",
		"#!":                            "",
		"no script":                     "",
		"":                              "",
		"#!/usr/bin/env " + strings.Repeat("x", 300): "",
	} {
		if got := interpreterOf(put(t, filepath.Join(dir, "script"), line+"\nrest\n"), environ); got != want {
			t.Errorf("%s: %q, want %q", line, got, want)
		}
	}
}

// What a version manager keeps in the user's home is opened as far as it must be, and
// nothing of jcode's.
func TestInterpreterFiles(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no #! scripts there")
	}
	dir := resolved(t.TempDir())
	bin, lib := filepath.Join(dir, "tool", "bin"), filepath.Join(dir, "tool", "lib")
	node := put(t, filepath.Join(bin, "node22"), "")
	shims := filepath.Join(dir, "shims")
	if err := os.Mkdir(shims, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(node, filepath.Join(shims, "node")); err != nil {
		t.Fatal(err)
	}
	script := put(t, filepath.Join(dir, "jcode-provider-x"), "#!/usr/bin/env node\n")
	tests := map[string]struct {
		script bool
		home   string
		want   []string
	}{
		"beside":     {true, filepath.Join(dir, "home"), []string{node, lib}},
		"no script":  {false, filepath.Join(dir, "home"), nil},
		"jcode's":    {true, lib, []string{node}},
		"within":     {true, filepath.Join(lib, "deep"), []string{node}},
		"lib inside": {true, filepath.Join(dir, "tool"), []string{node}},
	}
	for name, test := range tests {
		a := &attempt{
			plugin:  discover.Plugin{Path: script, Script: test.script},
			options: Options{Home: test.home, Environ: []string{"PATH=" + shims}},
		}
		if got := a.interpreterFiles(); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v", name, got, test.want)
		}
	}
}
