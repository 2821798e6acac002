package antigravity

import (
	"encoding/json"
	"runtime"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

const (
	// defaultModel is the model flag's specified value. No program that tells
	// what it can do has such a model, so that those are given no flag.
	defaultModel = "default"
	install      = "curl -fsSL https://antigravity.google/cli/install.sh | bash, or set JCODE_ANTIGRAVITY_CLI_PATH"
	// printTimeout is longer than anything: the program's own limit of five
	// minutes ends an answer in the middle as if it were whole.
	printTimeout = "24h"
)

// New returns the provider. It says that it has this version.
func New(version string) *cliprovider.Provider {
	return cliprovider.New(&cliprovider.CLI{
		Name: "antigravity", Display: "Antigravity", Billing: "requests draw on your Google account's Antigravity plan",
		Notice: "Antigravity is an experimental provider. Its program refuses the tools that would need a question; " +
			"--permission-mode bypass allows all.",
		PathVariable: "JCODE_ANTIGRAVITY_CLI_PATH", ModelVariable: "JCODE_ANTIGRAVITY_MODEL",
		DefaultModel: defaultModel, Models: []sdk.Model{{ID: defaultModel, DisplayName: "the program's own choice", Default: true}},
		ListModels: &cliprovider.ModelList{Command: "models", Parse: parseModels, Check: true},
		Candidates: []cliprovider.Candidate{{Name: "antigravity", Accept: acceptAgent}, {Name: "agy", Accept: acceptAgent}},
		Folders:    folders(), Install: install,
		Style: style, Arguments: arguments, Input: input,
		NewDecoder: func(a *cliprovider.Answer) cliprovider.Decoder { return &decoder{answer: a} },
		Modes: map[string][]string{
			"read-only": {"--mode=plan"},
			"edit":      {"--mode=accept-edits"},
			"bypass":    {"--dangerously-skip-permissions"},
		},
		AddDirFlag: "--add-dir", EffortFlag: "--effort", LogFlag: "--log-file",
		Failures: failures, Lost: []string{"conversation*not found", "no conversation", "*conversation * does not exist"},
		LoginFiles: []cliprovider.LoginFile{{Path: ".gemini/oauth_creds.json"}},
		Probe:      cliprovider.AuthProbe{Args: probe, Limit: 30 * time.Second, Judge: judge},
		Login:      login,
		Flags:      []string{"--output-format", "--input-format", "--print-timeout", "--add-dir", "--conversation", "--mode", "--log-file"},
		Traps:      traps,
	}, version)
}

// folders are those of the vendor's installers, below the user's home.
func folders() []string {
	if runtime.GOOS == "windows" {
		return []string{"AppData/Local/agy/bin"}
	}
	return []string{".local/bin"}
}

// acceptAgent tells the agent from the editor, whose starter has the same name.
func acceptAgent(h cliprovider.Help) string {
	if h.Known() && !h.Has("--print") && (h.Mentions("new-window") || h.Mentions("install-extension")) {
		return "is the editor, not the agent for the command line"
	}
	return ""
}

// flag is a user's flag: blank is none, unset the usual one.
func flag(v cliprovider.Variables, name, usual string) string {
	value, set := v.Get(name)
	if !set {
		return usual
	}
	return strings.TrimSpace(value)
}

func promptFlag(v cliprovider.Variables) string {
	return flag(v, "JCODE_ANTIGRAVITY_PROMPT_FLAG", "-p")
}

func modelFlag(v cliprovider.Variables) string {
	return flag(v, "JCODE_ANTIGRAVITY_MODEL_FLAG", "--model")
}

// style: a program that reads events reads the prompt from its standard input, but
// a user's own prompt flag is used.
func style(h cliprovider.Help, v cliprovider.Variables) cliprovider.Style {
	lines := h.Has("--output-format") && h.Mentions("stream-json")
	return cliprovider.Style{Lines: lines, Stdin: lines && h.Has("--input-format") && promptFlag(v) == "-p"}
}

// arguments is the command line. The prompt is the value of the flag right before
// it: a flag between them would be taken for the prompt.
func arguments(t cliprovider.Turn) []string {
	var args []string
	s := style(t.Help, t.Variables)
	if s.Stdin {
		args = append(args, "--input-format", "stream-json")
	}
	if s.Lines {
		args = append(args, "--output-format", "stream-json")
	}
	if t.Help.Has("--print-timeout") {
		args = append(args, "--print-timeout", printTimeout)
	}
	if t.Help.Has("--add-dir") && t.Dir != "" {
		args = append(args, "--add-dir", t.Dir)
	}
	if t.Resume != "" && t.Help.Has("--conversation") {
		args = append(args, "--conversation", t.Resume)
	}
	args = append(append(args, t.Mode...), t.Extra...)
	if name := modelFlag(t.Variables); name != "" && t.Model != "" && (t.Model != defaultModel || !t.Help.Known()) {
		args = append(args, name, t.Model)
	}
	if s.Stdin {
		return append(args, "--print=")
	}
	if name := promptFlag(t.Variables); name != "" {
		args = append(args, name)
	}
	return append(args, t.Prompt)
}

// input is the prompt as one event.
func input(prompt string) []byte {
	type content struct {
		Content string `json:"content"`
	}
	line, err := json.Marshal(struct {
		Event   string  `json:"event"`
		Message content `json:"message"`
	}{"user", content{prompt}})
	if err != nil {
		return nil // texts can be encoded
	}
	return append(line, '\n')
}

// parseModels reads lines of an id, a tab and a label, or of names alone.
func parseModels(text string) []sdk.Model {
	var models []sdk.Model
	for line := range strings.Lines(text) {
		id, label, _ := strings.Cut(strings.TrimSpace(line), "\t")
		if id = strings.TrimSpace(id); id == "" || strings.HasSuffix(id, ":") || strings.HasSuffix(id, ".") {
			continue
		}
		models = append(models, sdk.Model{ID: id, DisplayName: strings.TrimSpace(label)})
	}
	return models
}
