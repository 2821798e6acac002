package providertest_test

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk/providertest/conformance"
)

// beside returns this test binary under the name of the scripted plugin, with a
// manifest beside it.
func besideManifest(t *testing.T, manifest string) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "jcode-provider-scripted")
	if err := os.Symlink(self, path); err != nil {
		t.Skip(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "plugin.toml"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestManifest(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		manifest string
		host     conformance.Host
		want     string
	}{
		"right":             {"schema = 1\nname = \"scripted\"\nversion = '0.0.1'\n", nil, ""},
		"another version":   {"name = \"scripted\"\nversion = \"0.0.2\"\n", nil, `version "0.0.2"`},
		"another name":      {"name = \"scripter\"\nversion = \"0.0.1\"\n", nil, `name "scripter"`},
		"only in a table":   {"version = \"0.0.1\"\n[login]\nname = \"scripted\"\n", nil, `name ""`},
		"jcode refuses it":  {"name = \"scripted\"\nversion = \"0.0.1\"\n", refusing{}, "plugin.toml:2:1: unknown key"},
		"no manifest there": {"", nil, ""},
	} {
		subject := brokenProgram(t, "noisy")
		subject.Path, subject.Host = besideManifest(t, test.manifest), test.host
		if test.manifest == "" {
			subject.Path, _ = os.Executable()
		}
		outcome := evaluate(t, subject, "manifest")
		if got := strings.Join(outcome.Failures, "; "); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q", name, got)
		}
		if outcome.Missing != (test.manifest == "") {
			t.Errorf("%s: skipped %q", name, outcome.Skipped)
		}
	}
}

func evaluate(t *testing.T, subject conformance.Subject, id string) conformance.Outcome {
	t.Helper()
	cases, err := conformance.Select(conformance.Selection{IDs: []string{id}})
	if err != nil {
		t.Fatal(err)
	}
	return conformance.Evaluate(t.Context(), subject, conformance.Binary, cases[0])
}

// refusing is a jcode that likes no manifest and starts nothing.
type refusing struct{}

func (refusing) CheckManifest(string) error { return errors.New("plugin.toml:2:1: unknown key") }

func (refusing) Start(context.Context, conformance.StartRequest, func(int)) error {
	return errors.New("it does not start")
}

func (refusing) Run(conformance.StartRequest, string, string) *exec.Cmd {
	return exec.Command("sh", "-c", "echo no provider >&2; exit 4")
}

// leaving is a jcode that leaves something behind; with tidy it ends soon enough.
type leaving struct {
	refusing
	tidy bool
}

func (l leaving) Run(request conformance.StartRequest, _, prompt string) *exec.Cmd {
	script := "setsid sleep 300 >/dev/null 2>&1 </dev/null & echo answer; exec sleep 300"
	if l.tidy {
		script = "echo answer; exec sleep 300"
	}
	cmd := exec.Command("sh", "-c", script, prompt)
	cmd.Env = request.Environ
	return cmd
}

func TestJcodeKilled(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows the environment of processes")
	}
	subject := brokenProgram(t, "noisy")
	for name, test := range map[string]struct {
		host conformance.Host
		want string
	}{
		"leaves a process": {leaving{}, "1 of 2 processes live on"}, "leaves none": {leaving{tidy: true}, ""},
		"does not answer": {refusing{}, "no provider"},
	} {
		subject.Host = test.host
		got := strings.Join(evaluate(t, subject, "jcode_killed").Failures, "; ")
		if !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// leaking is a jcode whose wall has a hole.
type leaking struct{ refusing }

func (leaking) Start(_ context.Context, request conformance.StartRequest, probe func(int)) error {
	cmd := exec.Command("sleep", "300")
	cmd.Env = request.Environ
	if err := cmd.Start(); err != nil {
		return err
	}
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	probe(cmd.Process.Pid)
	return nil
}

func TestJcodeStart(t *testing.T) {
	t.Parallel()
	subject := brokenProgram(t, "noisy")
	for want, host := range map[string]conformance.Host{"it does not start": refusing{}, "in the plugin's environment": leaking{}} {
		if _, known := os.LookupEnv("WINDIR"); known {
			t.Skip("there is no sleep")
		}
		subject.Host = host
		got := evaluate(t, subject, "jcode_start").Failures
		if _, err := os.Stat("/proc/self/environ"); err != nil && host != (refusing{}) {
			continue // only Linux shows it
		}
		if len(got) != 1 || !strings.Contains(got[0], want) {
			t.Errorf("%q and not %q", got, want)
		}
	}
}
