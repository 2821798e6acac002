package copilot

import (
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

const (
	defaultModel = "claude-sonnet-4"
	install      = "npm install -g @github/copilot (or https://gh.io/copilot-cli), or set JCODE_COPILOT_CLI_PATH"
)

// New returns the provider. It says that it has this version.
func New(version string) *cliprovider.Provider {
	ownChoice := ""
	return cliprovider.New(&cliprovider.CLI{
		Name: "copilot", Display: "GitHub Copilot", Billing: "requests draw on your GitHub Copilot plan",
		Notice: "GitHub Copilot is an experimental provider. copilot runs its tools without asking (--allow-all-tools); " +
			"--permission-mode read-only or edit changes that.",
		PathVariable: "JCODE_COPILOT_CLI_PATH", ModelVariable: "JCODE_COPILOT_MODEL",
		DefaultModel: defaultModel, FallbackModel: &ownChoice,
		Models: []sdk.Model{{ID: defaultModel, Default: true}, {ID: "gpt-5"}, {ID: "gpt-4.1"}},
		Candidates: []cliprovider.Candidate{
			{Name: "copilot"},
			{Name: "gh", Prefix: []string{"copilot", "--"}, Accept: acceptGH},
		},
		Folders: []string{".local/bin"}, Install: install,
		Style: style, Arguments: arguments,
		NewDecoder: func(a *cliprovider.Answer) cliprovider.Decoder {
			return &decoder{answer: a, pieces: map[string]bool{}}
		},
		Modes: map[string][]string{
			"read-only": {"--deny-tool=write", "--deny-tool=shell"},
			"edit":      {"--deny-tool=shell"},
			"bypass":    {"--allow-all-paths", "--allow-all-urls"},
		},
		AddDirFlag: "--add-dir", EffortFlag: "--reasoning-effort",
		Failures: failures, Words: words,
		Lost:        []string{"no session, task, or name matched"},
		Idle:        []string{"request failed due to a transient api error"},
		LogHint:     "copilot's own logs are in ~/.copilot/logs",
		Keys:        keys,
		KeyHint:     "set COPILOT_GITHUB_TOKEN to a fine-grained token with the permission \"Copilot Requests\"",
		Environment: environment, LoginFiles: []cliprovider.LoginFile{{Path: ".copilot/config.json", Part: userLine}},
		Probe: cliprovider.AuthProbe{Args: probe, Limit: 30 * time.Second, Judge: judge},
		Login: login,
		Flags: []string{"--output-format", "--no-ask-user", "--session-id", "--resume", "--deny-tool", "--reasoning-effort"},
		Traps: traps,
	}, version)
}

// acceptGH: gh has the command since 2.86.0, and the command may have to fetch the
// program first, which it does not where it cannot ask.
func acceptGH(h cliprovider.Help) string {
	switch {
	case h.Mentions("unknown command"):
		return "is too old: gh 2.86.0 and later have the command copilot"
	case h.Mentions("copilot cli not installed"):
		return "has not installed the Copilot CLI yet: run gh copilot once"
	}
	return ""
}

func style(h cliprovider.Help, _ cliprovider.Variables) cliprovider.Style {
	lines := h.Has("--output-format")
	return cliprovider.Style{Lines: lines, Stdin: lines}
}

// arguments is the command line. Without -p the program takes its standard input
// for the prompt.
func arguments(t cliprovider.Turn) []string {
	var args []string
	if t.Prompt != "" {
		args = append(args, "-p", t.Prompt, "--allow-all-tools")
	} else {
		args = append(args, "--output-format", "json", "-s", "--allow-all-tools")
	}
	for _, flag := range []string{"--no-ask-user", "--no-color"} {
		if t.Help.Has(flag) {
			args = append(args, flag)
		}
	}
	if named := strings.TrimSpace(t.Model); named != "" && (named != "default" || !t.Help.Known()) {
		args = append(args, "--model", t.Model)
	}
	args = append(args, conversation(t)...)
	args = append(args, t.Mode...)
	args = append(args, t.Extra...)
	if t.Prompt != "" && t.Help.Has("--silent") { // without it, tools and retries are told between the words
		args = append(args, "-s")
	}
	return args
}

// conversation begins one under an id that we know, or goes on with it. --session-id
// would make a new one of an id that the program has lost, and nobody would notice.
func conversation(t cliprovider.Turn) []string {
	switch {
	case t.Resume != "" && t.Help.Has("--resume"):
		return []string{"--resume=" + t.Resume}
	case t.Resume == "" && t.Prompt == "" && t.Help.Has("--session-id"):
		return []string{"--session-id", t.New}
	}
	return nil
}
