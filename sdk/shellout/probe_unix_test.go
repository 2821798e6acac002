//go:build unix

package shellout_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

func TestProbe(t *testing.T) {
	t.Parallel()
	const help = "Usage --trust"
	tests := []struct {
		name, mode string
		change     func(t *testing.T, p *shellout.Probe) // before the second time
		want       string
		runs       int
	}{
		{"cached", "good", nil, help, 1},
		{"another argument", "good", func(_ *testing.T, p *shellout.Probe) { p.Command.Args = append(p.Command.Args, "x") }, help, 2},
		{"another path", "good", func(t *testing.T, p *shellout.Probe) { p.Command.Path = link(t) }, help, 2},
		{"a new version", "good", func(t *testing.T, p *shellout.Probe) {
			if err := os.Chtimes(p.Command.Path, time.Time{}, time.Unix(1, 1)); err != nil {
				t.Error(err)
			}
		}, help, 2},
		{"broken cache", "good", func(t *testing.T, p *shellout.Probe) {
			files, _ := filepath.Glob(filepath.Join(p.CacheDir, "*"))
			if len(files) != 1 {
				t.Fatalf("in the cache: %q", files)
			}
			if err := os.WriteFile(files[0], []byte(`{"path":`), 0o600); err != nil {
				t.Error(err)
			}
		}, help, 2},
		{"no cache", "good", func(_ *testing.T, p *shellout.Probe) { p.CacheDir = "" }, help, 2},
		{"no such cache", "good", func(_ *testing.T, p *shellout.Probe) { p.CacheDir = "/no/such/folder" }, help, 2},
		{"failure", "fail", nil, "half a help", 1},
		{"takes too long", "hang", nil, "", 1},
		{"off", "good", func(_ *testing.T, p *shellout.Probe) { p.Off = true }, "", 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			counter := filepath.Join(t.TempDir(), "runs")
			c, mark := program(t, "count", counter, tt.mode)
			c.Path = link(t)
			p := shellout.Probe{Command: c, CacheDir: t.TempDir()}
			if tt.mode == "hang" {
				p.Limit = 300 * time.Millisecond
			}
			if _, err := p.Text(t.Context()); err != nil {
				t.Fatal(err)
			}
			if tt.change != nil {
				tt.change(t, &p)
			}
			got, err := p.Text(t.Context())
			if err != nil || got != tt.want {
				t.Errorf("%q, %v; want %q", got, err, tt.want)
			}
			if runs, _ := os.ReadFile(counter); len(runs) != tt.runs {
				t.Errorf("%d runs, want %d", len(runs), tt.runs)
			}
			nothingLeft(t, mark)
		})
	}
}

// link makes another path for the test binary.
func link(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "acme")
	if err := os.WriteFile(path, []byte("#!/bin/sh\nexec '"+self()+"' \"$@\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestProbeErrors(t *testing.T) {
	t.Parallel()
	p := shellout.Probe{Command: shellout.Command{Path: filepath.Join(t.TempDir(), "no")}, CacheDir: t.TempDir()}
	if _, err := p.Text(t.Context()); sdk.KindOf(err) != sdk.KindCLIMissing {
		t.Error(err)
	}
	c, _ := program(t, "hang")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	p = shellout.Probe{Command: c, CacheDir: t.TempDir()}
	if _, err := p.Text(ctx); sdk.KindOf(err) != sdk.KindNetwork {
		t.Error(err)
	}
	if files, _ := filepath.Glob(filepath.Join(p.CacheDir, "*")); len(files) > 0 {
		t.Errorf("a cancelled probe was kept: %q", files)
	}
}

func TestProbeAsksForHelp(t *testing.T) {
	t.Parallel()
	c, _ := program(t, "environment")
	text, err := shellout.Probe{Command: c}.Text(t.Context())
	if err != nil || !strings.Contains(text, "args --help\n") || !strings.Contains(text, "pipe false\n") {
		t.Errorf("%q, %v", text, err)
	}
}

func TestHasFlag(t *testing.T) {
	t.Parallel()
	const help = "  -p, --print\n  --output-format <text|json>\n  --trust-folder x\n  --no-ask-user, --model=M [--resume[=ID]]"
	tests := map[string]bool{
		"-p": true, "--print": true, "--output-format": true, "--trust": false, "--trust-folder": true,
		"--ask-user": false, "--model": true, "--resume": true, "--output": false, "-r": false, "": false, "--force": false,
	}
	for flag, want := range tests {
		if shellout.HasFlag(help, flag) != want {
			t.Errorf("%q: %v", flag, !want)
		}
	}
	if !shellout.HasFlag("--trust-folder --trust", "--trust") || shellout.HasFlag("", "-p") || shellout.HasFlag("--trust--trust", "--trust") {
		t.Error("edges")
	}
}
