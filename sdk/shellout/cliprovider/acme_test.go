package cliprovider_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/providertest/standincli"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

func TestMain(m *testing.M) {
	standincli.Main()
	os.Exit(m.Run())
}

// help is that of a program that knows everything.
const help = `Usage: acme [options]
Commands:
  login          log in
  logout
  models         list models
  status         who is logged in
Options:
  --events       print events
  --trust
  --mode MODE
  --add-dir DIR
  --effort LEVEL
  --resume ID
  --log FILE
`

// acme is a vendor of our own making. Its events are "text", "tool", "end", "fail".
func acme() *cliprovider.CLI {
	fallback := "good"
	return &cliprovider.CLI{
		Name: "acme", Display: "Acme", Billing: "draws on your plan", Notice: "Acme is experimental.",
		PathVariable: "JCODE_ACME_CLI_PATH", ModelVariable: "JCODE_ACME_MODEL",
		DefaultModel: "old", FallbackModel: &fallback, Models: []sdk.Model{{ID: "old", Default: true}},
		ListModels: &cliprovider.ModelList{Command: "models", Check: true, Parse: func(text string) []sdk.Model {
			var models []sdk.Model
			for _, id := range strings.Fields(text) {
				models = append(models, sdk.Model{ID: id})
			}
			return models
		}},
		Candidates: []cliprovider.Candidate{
			{Name: "acme"},
			{Name: "tool", Prefix: []string{"acme", "--"}, Accept: func(h cliprovider.Help) string {
				if h.Mentions("acme") {
					return ""
				}
				return "is somebody else's"
			}},
		},
		Install: "install acme",
		Style: func(h cliprovider.Help, _ cliprovider.Variables) cliprovider.Style {
			return cliprovider.Style{Lines: h.Has("--events"), Stdin: h.Has("--events")}
		},
		Arguments: acmeArguments,
		NewDecoder: func(a *cliprovider.Answer) cliprovider.Decoder {
			return &acmeDecoder{a}
		},
		Modes:      map[string][]string{"read-only": {"--mode=look"}, "bypass": {"--all"}},
		AddDirFlag: "--add-dir", EffortFlag: "--effort", LogFlag: "--log",
		Failures: []cliprovider.Failure{
			{Patterns: []string{"trust this folder"}, Stops: true, Kind: sdk.KindInteractionRequired, Message: "nobody trusts this folder", Remedy: "trust it"},
			{Patterns: []string{"visit the page"}, Stops: true, Kind: sdk.KindUnauthenticated},
			{Patterns: []string{"please log in", "*code 401"}, Kind: sdk.KindUnauthenticated},
			{Patterns: []string{`model "*not there`}, Kind: sdk.KindModelNotFound},
			{Patterns: []string{"too long"}, Kind: sdk.KindContextTooLong},
			{Patterns: []string{"*resource_exhausted"}, Kind: sdk.KindRateLimited},
		},
		Words: map[string]cliprovider.Failure{"quota": {Kind: sdk.KindBilling}},
		Lost:  []string{"no conversation"}, Idle: []string{"retrying"},
		Keys:    []cliprovider.Key{{Name: "ACME_API_KEY"}},
		KeyHint: "set ACME_API_KEY",
		TurnSet: map[string]string{"ACME_TURN": "1"},
		Environment: func(cliprovider.Variables) ([]string, map[string]string, string) {
			return []string{"ACME_UNWANTED"}, map[string]string{"ACME_SET": "yes"}, "a note"
		},
		LoginFiles: []cliprovider.LoginFile{{Path: ".acme/auth"}},
		Probe: cliprovider.AuthProbe{
			Args: func(cliprovider.Help) []string { return []string{"status"} }, Limit: 20 * time.Second,
			Judge: func(said cliprovider.Said) cliprovider.Login {
				switch {
				case strings.Contains(said.Stdout, "logged in as"):
					return cliprovider.Login{State: sdk.AuthOK, Account: strings.Fields(said.Stdout)[3]}
				case strings.Contains(said.Stdout, "nobody"):
					return cliprovider.Login{State: sdk.AuthMissing, Detail: "nobody is logged in"}
				}
				return cliprovider.Login{State: sdk.AuthUnknown, Detail: "did not tell"}
			},
		},
		Login: func(c cliprovider.LoginContext) cliprovider.LoginCommand {
			bare := cliprovider.LoginCommand{Args: []string{"session"}, NeedsTerminal: true, Leave: "leave with /exit"}
			return cliprovider.LoginCommand{Args: []string{"login"}, Set: map[string]string{"ACME_LOGIN": "1"}, Otherwise: &bare}
		},
		Flags: []string{"--events", "--trust", "--new"},
		Traps: []cliprovider.Trap{
			{Below: [3]int{1, 2, 0}, Detail: "old ones are slow", Remedy: "update"},
			{Below: [3]int{1, 0, 0}, Detail: "older ones are slower", Remedy: "update"},
		},
	}
}

func acmeArguments(t cliprovider.Turn) []string {
	args := []string{"-p"}
	if t.Prompt != "" {
		args = append(args, t.Prompt)
	}
	for _, flag := range []string{"--events", "--trust"} {
		if t.Help.Has(flag) {
			args = append(args, flag)
		}
	}
	if t.Model != "" {
		args = append(args, "--model", t.Model)
	}
	if t.Resume != "" {
		args = append(args, "--resume", t.Resume)
	}
	return append(append(args, t.Mode...), t.Extra...)
}

type acmeDecoder struct{ answer *cliprovider.Answer }

func (d *acmeDecoder) Line(line []byte) (bool, error) {
	var e struct {
		Type, ID, Text, Session, Word string
		Status                        int
		Denied                        bool
	}
	if !shellout.Parses(line, &e) {
		d.answer.Noise(string(line))
		return false, nil
	}
	d.answer.Session(e.Session)
	switch e.Type {
	case "text":
		return false, d.answer.Text(e.ID, e.Text)
	case "retract":
		return false, d.answer.Retract(e.ID)
	case "tool":
		return false, d.answer.ToolFinished(e.ID, sdk.NativeTool{ID: e.ID, Name: "bash", Output: e.Text, Denied: e.Denied, IsError: e.Denied})
	case "fail":
		d.answer.Fail(cliprovider.Fault{Word: e.Word, Message: e.Text, Status: e.Status})
	case "end":
		d.answer.End()
		return true, nil
	}
	return false, nil
}

// plain is a program that prints no help and plays script otherwise.
func plain(scripts ...string) standincli.Program {
	return standincli.Program{{Arg: "--help"}, {Scripts: scripts}}
}

// modern is one that knows everything.
func modern(scripts ...string) standincli.Program {
	return standincli.Program{
		{Arg: "--help", Scripts: []string{help}},
		{Arg: "models", Scripts: []string{"old good other\n"}},
		{Arg: "--version", Scripts: []string{"acme 1.1.0\n"}},
		{Scripts: scripts},
	}
}

func newBed(t *testing.T, p standincli.Program, variables map[string]string) *standincli.Bed {
	t.Helper()
	return standincli.NewBed(t, cliprovider.New(acme(), "1.2.3"), standincli.New(t, "acme", p), "JCODE_ACME_CLI_PATH", variables)
}

// turns are the calls that were to answer.
func turns(b *standincli.Bed) []standincli.Call { return b.CLI.With("-p") }
