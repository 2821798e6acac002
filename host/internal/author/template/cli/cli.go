package acmename

import (
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

const (
	// providerName is the name in the program's file name and in plugin.toml.
	providerName = "acme-name"
	displayName  = "Acme Name"
	// program is the vendor's.
	program      = "acme-name"
	defaultModel = "small"
)

// New returns the provider. It says that it has this version. Package cliprovider
// does the work; what differs from vendor to vendor is this table.
func New(version string) *cliprovider.Provider {
	return cliprovider.New(&cliprovider.CLI{
		Name: providerName, Display: displayName,
		Billing:       "requests draw on your " + displayName + " plan",
		Notice:        displayName + " is an experimental provider: its program runs the tools itself.",
		PathVariable:  "ACME_NAME_CLI_PATH",
		ModelVariable: "ACME_NAME_MODEL",
		DefaultModel:  defaultModel,
		Models:        []sdk.Model{{ID: defaultModel, Default: true}},
		ListModels:    &cliprovider.ModelList{Command: "models", Parse: parseModels, Check: true},
		Candidates:    []cliprovider.Candidate{{Name: program}},
		Folders:       []string{".local/bin"}, // below the user's home, after PATH
		Install:       "see https://example.com, or set ACME_NAME_CLI_PATH",
		Style: func(h cliprovider.Help, _ cliprovider.Variables) cliprovider.Style {
			lines := h.Has("--json")
			return cliprovider.Style{Lines: lines, Stdin: lines}
		},
		Arguments:  arguments,
		NewDecoder: func(a *cliprovider.Answer) cliprovider.Decoder { return &decoder{answer: a} },
		Modes: map[string][]string{
			"read-only": {"--read-only"},
			"bypass":    {"--yes"},
		},
		Failures: failures,
		Lost:     []string{"no such session"},
		Keys:     []cliprovider.Key{{Name: "ACME_NAME_API_KEY"}},
		KeyHint:  "set ACME_NAME_API_KEY",
		LoginFiles: []cliprovider.LoginFile{
			{Path: ".config/acme-name/auth.json"},
		},
		Probe: cliprovider.AuthProbe{
			Args: func(cliprovider.Help) []string { return []string{"status"} }, Limit: 15 * time.Second, Judge: judge,
		},
		Login: func(cliprovider.LoginContext) cliprovider.LoginCommand {
			return cliprovider.LoginCommand{Args: []string{"login"}}
		},
		Flags: []string{"--json", "--resume", "--read-only"},
	}, version)
}

// arguments is the command line of one turn. A flag that the installed program's
// help does not list is not used: users have old versions.
func arguments(t cliprovider.Turn) []string {
	args := []string{"-p"}
	if t.Help.Has("--json") {
		args = append(args, "--json")
	}
	args = append(args, t.Mode...)
	if t.Model != "" {
		args = append(args, "--model", t.Model)
	}
	if t.Resume != "" && t.Help.Has("--resume") {
		args = append(args, "--resume", t.Resume)
	}
	args = append(args, t.Extra...)
	if t.Prompt != "" { // a program that does not read standard input
		args = append(args, t.Prompt)
	}
	return args
}

// parseModels reads one model a line.
func parseModels(text string) []sdk.Model {
	var models []sdk.Model
	for _, id := range strings.Fields(text) {
		models = append(models, sdk.Model{ID: id, Default: id == defaultModel})
	}
	return models
}

// judge reads what "status" prints. What is neither a yes nor a no is unknown.
func judge(said cliprovider.Said) cliprovider.Login {
	if strings.Contains(said.Stdout, "not logged in") {
		return cliprovider.Login{State: sdk.AuthMissing, Detail: program + " is not logged in"}
	}
	if _, account, ok := strings.Cut(said.Stdout, "logged in as "); ok {
		return cliprovider.Login{State: sdk.AuthOK, Account: strings.TrimSpace(account)}
	}
	return cliprovider.Login{State: sdk.AuthUnknown, Detail: program + " status did not tell"}
}
