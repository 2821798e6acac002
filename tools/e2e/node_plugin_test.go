//go:build unix

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// TestNodePlugin is the life of a plugin in another language: packed by its author,
// tested, installed from its archive, listed and used. npm needs its registry, and node
// must be there, so it runs on demand.
func TestNodePlugin(t *testing.T) {
	t.Parallel()
	if os.Getenv("JCODE_NODE_PLUGIN") == "" {
		t.Skip("set JCODE_NODE_PLUGIN=1, or run make test-node")
	}
	b, archive := newBed(t, nil), packNodePlugin(t)
	t.Cleanup(func() { _ = exec.CommandContext(context.Background(), "chmod", "-R", "u+w", b.home).Run() })
	unpacked := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "tar", "-xzf", archive, "-C", unpacked).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	fixtures, err := filepath.Abs("../../sdk/examples/node/conformance.json")
	if err != nil {
		t.Fatal(err)
	}
	suite := exec.CommandContext(t.Context(), filepath.Join(binDir, "jcode"), "plugins", "test", "--strict", "--slack", "10",
		"--fixtures", fixtures, filepath.Join(unpacked, "jcode-provider-parrot"))
	suite.Env = b.env
	if out, err := suite.CombinedOutput(); err != nil || !strings.Contains(string(out), " 0 failed, 0 skipped") {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, step := range []struct {
		argv           string
		code           int
		stdout, stderr string
	}{
		{argv: "plugins install " + archive + " --yes", stdout: "installed parrot 1.0.0 (first use)"},
		{argv: "run --provider parrot polly", stdout: "polly"},
		{argv: "run --provider parrot fail overloaded", code: 5, stderr: "say something else"},
		{argv: "login --provider parrot", code: 4, stderr: "jcode login --provider parrot"},
		{argv: "plugins info parrot", stdout: "verified by path"},
		{argv: "plugins list", stdout: sandboxShown()},
		{argv: "plugins uninstall parrot", stdout: "parrot"},
	} {
		r := b.jcode(strings.Fields(step.argv)...)
		if r.code != step.code || !strings.Contains(r.stdout, step.stdout) || !strings.Contains(r.stderr, step.stderr) {
			t.Fatalf("jcode %s: exit %d\n%s\n%s", step.argv, r.code, r.stdout, r.stderr)
		}
	}
}

func sandboxShown() string {
	if runtime.GOOS == "linux" {
		return "landlock"
	}
	return "off"
}

func packNodePlugin(t *testing.T) string {
	t.Helper()
	folder := t.TempDir()
	pack := exec.CommandContext(t.Context(), "node", "../../sdk/examples/node/pack.js", folder)
	if out, err := pack.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	found, err := filepath.Glob(filepath.Join(folder, "jcode-provider-parrot_*.tar.gz"))
	if err != nil || len(found) != 1 {
		t.Fatalf("%v, %v", found, err)
	}
	return found[0]
}
