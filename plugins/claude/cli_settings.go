package claude

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// The variables of CLI mode, beside the model's.
const (
	pathVariable    = "JCODE_CLAUDE_CLI_PATH"
	modeVariable    = "JCODE_CLAUDE_CLI_PERMISSION_MODE"
	partialVariable = "JCODE_CLAUDE_CLI_PARTIAL"
	probeVariable   = "JCODE_CLI_PROBE"
)

// The program's permission modes that this plugin names itself.
const (
	modeBypass = "bypassPermissions"
	modeEdits  = "acceptEdits"
	modeAsk    = "default"
	modeAuto   = "auto"
	modePlan   = "plan"
	// installCommand is the remedy for a program that is missing or too old.
	installCommand = "npm install -g @anthropic-ai/claude-code, or set " + pathVariable
)

// frame is what a permission mode of the host is for the program: its own mode,
// and the tools that it does not even offer.
type frame struct {
	mode  string
	tools []string
}

var (
	lookTools = []string{"Read", "Glob", "Grep", "TodoRead", "TodoWrite"}
	editTools = append([]string{"Write", "Edit"}, lookTools...)
	// allTools are the program's names of the host's tools, and of those that took
	// the place of the todo list. It passes over what it does not have.
	allTools = []string{
		"Bash", "Read", "Write", "Edit", "Glob", "Grep", "Task", "TodoRead", "TodoWrite",
		"TaskCreate", "TaskGet", "TaskList", "TaskUpdate",
	}
	frames = map[string]frame{
		"read-only": {modePlan, lookTools},
		"edit":      {modeEdits, editTools},
		"auto":      {modeAsk, allTools},
		"bypass":    {modeBypass, allTools},
	}
)

// askingModes are the ones in which the program has questions. They go to the
// host over the program's own input and output.
var askingModes = []string{modeAsk, modeEdits, modeAuto}

// cliSettings are what one run of the program needs of the configuration.
type cliSettings struct {
	program     shellout.Program
	environment []string // the user's
	dir         string
	frame       frame
	partial     bool
	model       string
	idle        time.Duration
}

// idleInCLI is longer than the program lets one of its tools run.
const idleInCLI = 15 * time.Minute

func readCLISettings(config sdk.Config, request *sdk.Request, model string) cliSettings {
	s := cliSettings{
		environment: config.ChildEnvironment, dir: firstOf(request.Limits.WorkingDir, config.WorkingDir),
		partial: !slices.Contains([]string{"0", "false", "no", "off"}, strings.ToLower(strings.TrimSpace(config.Variables.Get(partialVariable)))),
		model:   firstOf(request.Model, model), idle: idleInCLI,
		frame: frameOf(config.Variables.Get(modeVariable), request.Limits),
	}
	if config.Settings["idle_timeout"] != "" {
		s.idle = idleTimeout(config)
	}
	if len(request.Tools) > 0 {
		s.frame.tools = cliTools(request.Tools)
	}
	if request.ToolChoice.Mode == sdk.ToolChoiceNone {
		s.frame.tools = nil
	}
	s.program = programOf(config)
	return s
}

// frameOf is the frame to work in: that of the flag, else of the variable, else of
// the host's configuration, else the specified default.
func frameOf(variable string, limits sdk.Limits) frame {
	named, ok := frames[limits.PermissionMode]
	variable = strings.TrimSpace(variable)
	switch {
	case ok && (limits.PermissionModeExplicit || variable == ""):
		return named
	case variable != "":
		return frame{variable, allTools}
	}
	return frames["bypass"]
}

// programOf says where the program is looked for. Its installers use folders that
// a graphical session does not have in its PATH.
func programOf(config sdk.Config) shellout.Program {
	p := shellout.Program{
		Name: firstOf(config.Variables.Get(pathVariable), "claude"), Dir: config.WorkingDir, Install: installCommand,
	}
	if home := valueOf(config.ChildEnvironment, "HOME"); home != "" {
		p.Folders = []string{home + "/.local/bin", home + "/.claude/local"}
	}
	p.Folders = append(p.Folders, "/usr/local/bin", "/opt/homebrew/bin")
	return p
}

func valueOf(environment []string, name string) string {
	value, _ := shellout.Value(environment, name)
	return value
}

// cliTools are the program's names of the tools that a request offers.
func cliTools(offered []sdk.ToolSpec) []string {
	var names []string
	for _, name := range allTools {
		if slices.ContainsFunc(offered, func(t sdk.ToolSpec) bool { return t.Name == cliToolNames[name] }) {
			names = append(names, name)
		}
	}
	return names
}

// asks reports whether the program may have questions.
func (s cliSettings) asks() bool { return slices.Contains(askingModes, s.frame.mode) }

// The variables with which the program believes to be in a sandbox.
const (
	sandboxVariable    = "IS_SANDBOX"
	bubblewrapVariable = "CLAUDE_CODE_BUBBLEWRAP"
)

const rootRemedy = "run as another user, or set " + modeVariable + "=" + modeEdits + ", or in a container set " + sandboxVariable + "=1"

// rootRefusal is the error that the program would have as root, in words that
// help.
func (s cliSettings) rootRefusal(uid int) error {
	sandboxed := valueOf(s.environment, sandboxVariable) == "1" || valueOf(s.environment, bubblewrapVariable) == "1"
	if uid != 0 || s.frame.mode != modeBypass || sandboxed {
		return nil
	}
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Op: opGenerate,
		Message: "claude refuses permission mode " + modeBypass + " to root",
		Remedy:  rootRemedy,
	}
}

// arguments is the command line, in the order that the program's users know.
func (s cliSettings) arguments(request *sdk.Request, system systemPrompt, resume shellout.Resumption) []string {
	args := []string{"-p", "--verbose", "--output-format", "stream-json", "--input-format", "stream-json"}
	if s.partial {
		args = append(args, "--include-partial-messages")
	}
	args = append(args, "--model", s.model, "--permission-mode", s.frame.mode)
	args = append(args, system.arguments()...)
	args = append(args, "--tools", strings.Join(s.frame.tools, ","))
	args = append(args, resumeArguments(resume)...)
	if s.asks() {
		args = append(args, "--permission-prompt-tool", "stdio")
	}
	if n := request.Limits.MaxTurns; n > 0 {
		args = append(args, "--max-turns", strconv.Itoa(n))
	}
	for _, dir := range request.Limits.AddedDirs {
		args = append(args, "--add-dir", dir)
	}
	return args
}

// systemPrompt is the host's system prompt on its way to the program: as an
// argument, or in a file where it is too long for one.
type systemPrompt struct{ text, file string }

// newSystemPrompt prepares it; remove the file afterwards.
func newSystemPrompt(blocks []sdk.SystemBlock, folder string) (systemPrompt, error) {
	s := systemPrompt{text: shellout.Transcript(&sdk.Request{System: blocks}).System}
	if len(s.text) <= shellout.ArgumentLimit {
		return s, nil
	}
	argument, err := shellout.Prompt{Bare: s.text}.Argument(0, folder)
	s.file = argument.File
	return s, err
}

func (s systemPrompt) arguments() []string {
	switch {
	case s.text == "":
		return nil
	case s.file != "":
		return []string{"--append-system-prompt-file", s.file}
	}
	return []string{"--append-system-prompt", s.text}
}

func (s systemPrompt) remove() {
	if s.file != "" {
		_ = os.Remove(s.file) // in the plugin's own folder, for this user alone
	}
}

// capabilities are those of the mode.
func capabilities(config sdk.Config) []string {
	if direct(config) {
		return []string{sdk.CapabilityTools, sdk.CapabilityImages, sdk.CapabilityThinking, sdk.CapabilityDynamicModels}
	}
	return []string{
		sdk.CapabilityNativeTools, sdk.CapabilityImages, sdk.CapabilitySessionResume,
		sdk.CapabilityPermissionModes, sdk.CapabilityMaxTurns, sdk.CapabilityDynamicModels,
	}
}
