package standincli

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest"
)

// Conformance is what [Conform] needs to know of a program.
type Conformance struct {
	New func() sdk.Provider
	// Path is the built plugin; empty leaves it out.
	Path string
	// Name is what it is called, Program what the stand-in plays beside the turns:
	// help, status.
	Name    string
	Program Program
	// Variables are the user's. Their values are taken for secrets.
	Variables map[string]string
	// Text is a line that says text, "%" included; End the last one.
	Text, End string
	// Failures are scripts of failed runs, and their errors.
	Failures map[sdk.Kind]Failure
}

// Failure is a failed run.
type Failure struct {
	Script string
	Want   sdk.Error
}

// Conform runs the conformance cases of a provider with a stand-in for its program.
func Conform(t *testing.T, c Conformance) {
	t.Helper()
	piece := strings.Repeat("!long 1048576 "+c.Text+"\n", 5)
	program := append(Program{}, c.Program...)
	for kind, failure := range c.Failures {
		program = append(program, Part{Prompt: fmt.Sprintf("fail-%d.", kind), Scripts: []string{failure.Script}})
	}
	program = append(program,
		Part{Prompt: "endless", Scripts: []string{c.Text + "\n!hang\n"}},
		Part{Prompt: "at length", Scripts: []string{piece + c.End + "\n"}},
		Part{Prompt: "token:", Scripts: []string{strings.Replace(c.Text, "%", "the token is ", 1) + "\n!token " + c.Text + "\n" + c.End + "\n"}},
		Part{Scripts: []string{c.Text + "\n" + c.End + "\n"}})
	b := NewBed(t, c.New(), New(t, c.Name, program), "", c.Variables)
	// The folders are each case's own.
	b.Config.WorkingDir, b.Config.HomeDir, b.Config.StateDir, b.Config.CacheDir = "", "", "", ""
	providertest.Run(t, providertest.Subject{
		New: c.New, Path: c.Path, Slack: 10, Config: b.Config, LargeRequest: 8 << 20,
		Fixtures: providertest.Fixtures{
			Text:     func(token string) *sdk.Request { return Prompt("token:" + token + " ") },
			Long:     Prompt("answer at length"),
			Endless:  Prompt("endless"),
			Children: Prompt("endless"),
			State:    func([]byte) *sdk.Request { return Prompt("token:state ") },
			Failure: func(kind sdk.Kind) (*sdk.Request, *sdk.Error) {
				failure, ok := c.Failures[kind]
				if !ok {
					return nil, nil
				}
				want := failure.Want
				want.Kind = kind
				return Prompt(fmt.Sprintf("fail-%d.", kind)), &want
			},
		},
	})
}

// Build returns the plugin program called name: of `make build` when
// JCODE_TEST_BIN names its folder, else built here from ./cmd.
func Build(ctx context.Context, t *testing.T, name string) string {
	t.Helper()
	file := name
	if runtime.GOOS == "windows" {
		file += ".exe"
	}
	if dir := os.Getenv("JCODE_TEST_BIN"); dir != "" {
		return filepath.Join(dir, "plugins", file)
	}
	path := filepath.Join(t.TempDir(), file)
	if out, err := exec.CommandContext(ctx, "go", "build", "-o", path, "./cmd/"+name).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return path
}
