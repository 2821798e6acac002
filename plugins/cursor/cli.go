package cursor

import (
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

const (
	defaultModel = "gpt-5"
	// autoModel lets Cursor choose. A model that it does not have is written to
	// its configuration all the same and breaks later runs, until one asks for
	// this.
	autoModel = "auto"
	install   = "curl https://cursor.com/install -fsS | bash, or set JCODE_CURSOR_CLI_PATH"
)

// New returns the provider. It says that it has this version.
func New(version string) *cliprovider.Provider {
	fallback := autoModel
	return cliprovider.New(&cliprovider.CLI{
		Name: "cursor", Display: "Cursor", Billing: "requests draw on your Cursor plan",
		Notice: "Cursor is an experimental provider. cursor-agent asks nobody before it uses its tools, and refuses those that its own settings do not allow; " +
			"--permission-mode bypass allows all.",
		PathVariable: "JCODE_CURSOR_CLI_PATH", ModelVariable: "JCODE_CURSOR_MODEL",
		DefaultModel: defaultModel, FallbackModel: &fallback,
		Models:     []sdk.Model{{ID: defaultModel, Default: true}, {ID: "sonnet-4"}, {ID: "sonnet-4-thinking"}},
		ListModels: &cliprovider.ModelList{Command: "models", Parse: parseModels, Check: true},
		Candidates: []cliprovider.Candidate{{Name: "cursor-agent"}, {Name: "agent", Accept: acceptAgent}},
		Folders:    []string{".local/bin"}, Install: install,
		Style: style, Arguments: arguments,
		NewDecoder: func(a *cliprovider.Answer) cliprovider.Decoder { return &decoder{answer: a} },
		Modes: map[string][]string{
			"read-only": {"--mode=ask"},
			"bypass":    {"--force"},
		},
		Failures: failures, Lost: []string{"session*not found", "chat*not found", "no session", "no chat"},
		Keys:       []cliprovider.Key{{Name: "CURSOR_API_KEY"}, {Name: "CURSOR_AUTH_TOKEN"}},
		KeyHint:    "set CURSOR_API_KEY",
		TurnSet:    map[string]string{"NO_OPEN_BROWSER": "1"},
		LoginFiles: []cliprovider.LoginFile{{Path: ".config/cursor/auth.json"}, {Path: ".cursor/auth.json"}},
		Probe: cliprovider.AuthProbe{
			Args: func(cliprovider.Help) []string { return []string{"status"} }, Limit: 15 * time.Second, Judge: judgeStatus,
		},
		Login: login,
		Flags: []string{"--output-format", "--stream-partial-output", "--trust", "--force", "--mode", "--resume"},
		Traps: traps,
	}, version)
}

// acceptAgent: other vendors have a program of that name, too.
func acceptAgent(h cliprovider.Help) string {
	if h.Mentions("cursor") {
		return ""
	}
	return "is not Cursor's: its help does not name it"
}

// style: today's programs print JSON lines and read the prompt from standard
// input; those that know the latter are recognised by --trust, which came with it.
func style(h cliprovider.Help, _ cliprovider.Variables) cliprovider.Style {
	lines := h.Has("--output-format") && h.Mentions("stream-json")
	return cliprovider.Style{Lines: lines, Stdin: lines && h.Has("--trust")}
}

// arguments is the command line. --force is never given unasked: it runs whatever
// the model wants.
func arguments(t cliprovider.Turn) []string {
	args := []string{"-p", "--print", "--output-format", "text"}
	if style(t.Help, t.Variables).Lines {
		args = []string{"-p", "--output-format", "stream-json"}
		if t.Help.Has("--stream-partial-output") {
			args = append(args, "--stream-partial-output")
		}
	}
	if t.Help.Has("--trust") { // it grants no tool anything
		args = append(args, "--trust")
	}
	args = append(args, t.Mode...)
	if t.Model != "default" || !t.Help.Known() {
		args = append(args, "--model", t.Model)
	}
	if t.Resume != "" {
		args = append(args, "--resume", t.Resume)
	}
	args = append(args, t.Extra...)
	if t.Prompt != "" {
		args = append(args, t.Prompt)
	}
	return args
}

// parseModels reads lines of an id, a dash and a label.
func parseModels(text string) []sdk.Model {
	var models []sdk.Model
	for line := range strings.Lines(text) {
		id, label, ok := strings.Cut(strings.TrimSpace(line), " - ")
		if !ok || id == "" || strings.ContainsAny(id, " \t:") {
			continue
		}
		m := sdk.Model{ID: id, DisplayName: strings.TrimSpace(label)}
		if name, mark, ok := strings.Cut(m.DisplayName, " ("); ok && strings.Contains(mark, "default") {
			m.DisplayName, m.Default = name, true
		}
		models = append(models, m)
	}
	return models
}
