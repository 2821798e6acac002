package cursor_test

import (
	"os"
	"testing"

	"github.com/jcode-go/jcode/plugins/cursor"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
)

func TestMain(m *testing.M) {
	standincli.Main()
	os.Exit(m.Run())
}

// modernHelp is what today's program lists, as far as it matters here.
const modernHelp = `Usage: agent [options] [command] [prompt...]
Start the Cursor Agent
Options:
  --api-key <key>              API key
  -p, --print                  Print responses to console (for scripts)
  --output-format <format>     Output format (only works with --print): text | json | stream-json
  --stream-partial-output      Stream partial output as individual text deltas
  --resume [chatId]            Resume a session
  --model <model>              Model to use
  --mode <mode>                Execution mode: plan | ask
  -f, --force                  Force allow commands unless explicitly denied
  --trust                      Trust the current workspace without prompting
  --sandbox <mode>             Explicitly enable or disable sandbox mode
Commands:
  login                        Authenticate with Cursor
  logout                       Sign out
  status|whoami                View authentication status
  models                       List available models
`

const models = "Available models\n\nauto - Auto (default)\ngpt-5.2 - GPT-5.2\nsonnet-4.5 - Claude 4.5 Sonnet (current)\n\nTip: use --model <id>\n"

func plain(scripts ...string) standincli.Program {
	return standincli.Program{{Arg: "--help"}, {Scripts: scripts}}
}

func modern(scripts ...string) standincli.Program {
	return standincli.Program{
		{Arg: "--help", Scripts: []string{modernHelp}},
		{Arg: "models", Scripts: []string{models}},
		{Arg: "--version", Scripts: []string{"2026.09.11-abcdef\n"}},
		{Arg: "status", Scripts: []string{"✓ Logged in as me@example.com\n"}},
		{Scripts: scripts},
	}
}

// newBed has the stand-in for cursor-agent found by its variable; the model is one
// that it has.
func newBed(t *testing.T, p standincli.Program, variables map[string]string) *standincli.Bed {
	t.Helper()
	return standincli.NewBed(t, cursor.New("1.2.3"), standincli.New(t, "cursor-agent", p), "JCODE_CURSOR_CLI_PATH", variables)
}

// turns are the calls that were to answer.
func turns(b *standincli.Bed) []standincli.Call { return b.CLI.With("-p") }
