package antigravity_test

import (
	"os"
	"testing"

	"github.com/jcode-go/jcode/plugins/antigravity"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestMain(m *testing.M) {
	standincli.Main()
	os.Exit(m.Run())
}

// modernHelp is what today's agent lists, as far as it matters here; its flags are
// those of Go's own package.
const modernHelp = `Usage of agy:
  -add-dir value
    	add a directory to the workspace
  -conversation string
    	resume a conversation by ID
  -dangerously-skip-permissions
  -effort string
  -input-format string
    	text or stream-json
  -log-file string
  -mode string
    	accept-edits or plan
  -model string
  -output-format string
    	text, json or stream-json
  -p value
  -print value
    	run one prompt
  -print-timeout duration
Subcommands:
  help
  models    list models
  update
`

// oldHelp is that of one which prints no events.
const oldHelp = `Usage of agy:
  -add-dir value
  -p value
  -print-timeout duration
Subcommands:
  models    list models
`

const ideHelp = "Antigravity 1.104.0\n\nUsage: antigravity [options][paths...]\n\n  -n --new-window       Force to open a new window.\n  --install-extension <id>\n  -p --profile\n"

func plain(scripts ...string) standincli.Program {
	return standincli.Program{{Arg: "--help"}, {Scripts: scripts}}
}

func modern(scripts ...string) standincli.Program {
	return standincli.Program{
		{Arg: "--help", Scripts: []string{modernHelp}},
		{Arg: "models", Scripts: []string{"gemini-3.7-flash-low\tGemini 3.7 Flash\nm\tM\n"}},
		{Arg: "--version", Scripts: []string{"1.2.7\n"}},
		{Scripts: scripts},
	}
}

func newBed(t *testing.T, p standincli.Program, variables map[string]string) *standincli.Bed {
	t.Helper()
	return standincli.NewBed(t, antigravity.New("1.2.3"), standincli.New(t, "antigravity", p), "JCODE_ANTIGRAVITY_CLI_PATH", variables)
}

// turn is the last call.
func turn(t *testing.T, b *standincli.Bed) standincli.Call {
	t.Helper()
	calls := b.CLI.Calls()
	if len(calls) == 0 {
		t.Fatal("nothing was started")
	}
	return calls[len(calls)-1]
}
