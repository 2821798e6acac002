package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/urfave/cli/v2"
)

// The manual has a page on every command, and the programs that read manuals have
// nothing to say about them.
func TestManual(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &command{process: &process{out: &out}}
	c.app = newApp(c)
	dir := filepath.Join(t.TempDir(), "man1")
	if err := c.writePages(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	pages := []string{filepath.Join(dir, "jcode.1")}
	eachCommand(c.app.Commands, func(path []string, command *cli.Command) {
		pages = append(pages, filepath.Join(dir, pageName(path)+".1"))
		text, err := os.ReadFile(pages[len(pages)-1])
		if err != nil {
			t.Error(err)
			return
		}
		for _, flag := range command.Flags {
			if !strings.Contains(string(text), roff("--"+flag.Names()[0])) {
				t.Errorf("%v: no --%s", path, flag.Names()[0])
			}
		}
	})
	for _, checker := range [][]string{
		{"groff", "-man", "-Kutf8", "-Tutf8", "-ww", "-z"},
		{"mandoc", "-T", "lint", "-W", "warning"},
	} {
		if _, err := exec.LookPath(checker[0]); err != nil {
			t.Log(err)
			continue
		}
		checked, err := exec.Command(checker[0], append(checker[1:], pages...)...).CombinedOutput()
		for line := range strings.Lines(string(checked)) {
			// A date would make each build's pages differ.
			if !strings.Contains(line, "missing date") {
				t.Errorf("%s: %s", checker[0], line)
			}
		}
		if failed := (*exec.ExitError)(nil); err != nil && !errors.As(err, &failed) {
			t.Error(err)
		}
	}
}

func TestRoff(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`a\b -x`: `a\eb \-x`, ".SH": `\&.SH`, "'br": `\(aqbr`, "~/.x": `\(ti/.x`,
	} {
		if got := roff(text); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
}
