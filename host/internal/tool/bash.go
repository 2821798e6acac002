package tool

import (
	"context"
	"encoding/json"
	"os"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
	"github.com/jcode-go/jcode/sdk"
)

// bashTool runs shell commands.
type bashTool struct{ *bench }

var bashParameters = parameters{
	{
		name: "command", kind: kindString, required: true, aliases: []string{"cmd"},
		description: "The command line, for bash -c.",
	},
	{
		name: "description", kind: kindString,
		description: "What the command does, in five to ten words, for the user.",
	},
	{
		name: "timeout", kind: kindInteger, aliases: []string{"timeout_ms"},
		description: "Milliseconds until the command is moved to the background (default 120000, at most 600000).",
	},
	{
		name: "run_in_background", kind: kindBoolean,
		description: "Return at once and let the command go on; read its log file for the output.",
	},
	{
		name: "workdir", kind: kindString, path: true, aliases: []string{"cwd"},
		description: "The folder to run in, for this call only; default is the working directory.",
	},
}

var bashSchema = sync.OnceValue(bashParameters.schema)

const bashDescription = `Run a shell command (bash, without startup files) and return its output, stdout and stderr together.
Each call is a fresh shell in the working directory: cd and variables do not last. Use workdir or "cd DIR && ...".
stdin is empty, so nothing can ask questions; there is no pager, no editor and no terminal.
A non-zero exit is shown as [exit N]. Output over 30000 characters is cut in the middle and kept whole in a file that the result names.
A command that exceeds its timeout goes on in the background: the result names its log file, to be read with the read tool, and the commands that wait for it or end it.
Prefer read, edit, write, glob and grep to cat, sed, find and grep.`

// Spec describes the tool to the model.
func (t *bashTool) Spec() sdk.ToolSpec {
	return sdk.ToolSpec{Name: "bash", Description: bashDescription, InputSchema: bashSchema()}
}

func (t *bashTool) parameters() parameters { return bashParameters }

func (t *bashTool) summary(args arguments) string { return args.text("command") }

// ReadOnly reports whether the command is known to look only.
func (t *bashTool) ReadOnly(input json.RawMessage) bool {
	args, err := bashParameters.decode(input)
	return err == nil && !args.boolean("run_in_background") && shell.ReadOnly(args.text("command"))
}

// Run starts the command and waits for it, as far as it should.
func (t *bashTool) Run(ctx context.Context, call Call) Result {
	args, err := bashParameters.decode(call.Input)
	if err != nil {
		return failure(CodeInvalidInput, "%v", err)
	}
	dir, err := t.commandDir(args.text("workdir"))
	if err != nil {
		return failed(err)
	}
	command := args.text("command")
	if shell.Blank(command) {
		return failure(CodeInvalidInput, "the command is empty")
	}
	access := Access{Tool: "bash", Operation: OperationExecute, Command: command, Dir: dir}
	if err := t.authorize(ctx, access); err != nil {
		return failed(err)
	}
	job, err := t.start(ctx, call, command, dir)
	if err != nil {
		return failed(err)
	}
	if args.boolean("run_in_background") {
		return t.background(job).withNote(args)
	}
	return t.wait(ctx, call, job, t.timeout(args)).withNote(args)
}

func (t *bashTool) commandDir(workdir string) (string, error) {
	at, err := t.locate(workdir)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(at.real)
	if err != nil {
		return "", failWith(CodeNotFound, "the folder %s does not exist", at.shown)
	}
	if !info.IsDir() {
		return "", failWith(CodeInvalidInput, "%s is not a folder", at.shown)
	}
	return at.path, nil
}

// timeout is what the model asked for within the limits.
func (t *bashTool) timeout(args arguments) time.Duration {
	asked := time.Duration(args.integer("timeout", 0)) * time.Millisecond
	if asked <= 0 {
		return t.BashTimeout
	}
	return min(asked, t.BashMaxTimeout)
}

// shell finds the shell once.
func (s *shared) shell(chosen string) (commandShell, error) {
	s.shellOnce.Do(func() { s.found, s.shellErr = findShell(chosen) })
	return s.found, s.shellErr
}
