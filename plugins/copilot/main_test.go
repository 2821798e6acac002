package copilot_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/plugins/copilot"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestMain(m *testing.M) {
	standincli.Main()
	os.Exit(m.Run())
}

// recorded is what the real program printed.
func recorded(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", "recorded", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// replay is a script that prints what a recorded run did, and leaves as it did.
func replay(t *testing.T, name string) string {
	t.Helper()
	script := "!stdin\n"
	for line := range strings.Lines(recorded(t, name+".stdout")) {
		script += line
	}
	for line := range strings.Lines(recorded(t, name+".stderr")) {
		script += "!stderr " + strings.TrimSuffix(line, "\n") + "\n"
	}
	var status int
	if _, err := fmt.Sscanf(recorded(t, name+".rc"), "rc=%d", &status); err != nil {
		t.Fatal(err)
	}
	return script + fmt.Sprintf("!exit %d\n", status)
}

func plain(scripts ...string) standincli.Program {
	return standincli.Program{{Arg: "--help"}, {Scripts: scripts}}
}

// modern has the help of the real program.
func modern(t *testing.T, scripts ...string) standincli.Program {
	t.Helper()
	return standincli.Program{
		{Arg: "login", Scripts: []string{recorded(t, "login-help.txt")}},
		{Arg: "--help", Scripts: []string{recorded(t, "help.txt")}},
		{Arg: "--version", Scripts: []string{"GitHub Copilot CLI 1.0.102.\n"}},
		{Scripts: scripts},
	}
}

func newBed(t *testing.T, p standincli.Program, variables map[string]string) *standincli.Bed {
	t.Helper()
	return standincli.NewBed(t, copilot.New("1.2.3"), standincli.New(t, "copilot", p), "JCODE_COPILOT_CLI_PATH", variables)
}

// turns are the calls that were to answer.
func turns(b *standincli.Bed) []standincli.Call { return b.CLI.With("--allow-all-tools") }
