package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/jcode-go/jcode/host"
)

// Where the name of the provider goes; a step that has it is left out when nobody was
// asked yet.
const theProvider = "NAME"

// nextCommands are the steps after failures of which nobody else said one, by code. An
// error that knows more brings its own. What was cancelled needs no step.
var nextCommands = map[string]string{ //nolint:gosec // no credentials: "login" and "auth" are commands
	"unauthenticated":      "jcode login --provider " + theProvider,
	"interaction_required": "jcode login --provider " + theProvider,
	"permission_denied":    "jcode auth status --probe --provider " + theProvider,
	"billing":              "jcode run --provider with another, or see what the plan says: jcode auth status --provider " + theProvider,
	"rate_limited":         "jcode run --fallback PROVIDER/MODEL, which goes on with another",
	"overloaded":           "jcode run --fallback PROVIDER/MODEL, which goes on with another",
	"network":              "jcode doctor, which looks at proxies, certificates and the way to the provider",
	"context_too_long":     "shorten the prompt, begin a new session, or name a model with a longer context: jcode models",
	"invalid_request":      "jcode doctor --provider " + theProvider,
	"model_not_found":      "jcode models --provider " + theProvider,
	"cli_missing":          "jcode doctor --provider " + theProvider,
	"cli_outdated":         "jcode doctor --provider " + theProvider,
	"policy_refused":       "jcode run in other words, or -m with another model",
	"refusal":              "jcode run in other words, or -m with another model",
	"login_required":       "jcode login",
	"denied":               "jcode run --on-deny continue, or with other permissions: jcode run --help",
	"timeout":              "jcode run -c, which goes on; --timeout gives more time",
	"max_tokens":           "jcode run -c, which goes on",
	"context":              "jcode run in a new session, or with less to read",
	"configuration":        "jcode config list --origin",
	"plugin":               "jcode plugins doctor",
	"file":                 "jcode doctor",
	"max_turns":            "jcode run -c, which goes on",
	"max_tokens_total":     "jcode run -c, which goes on",
	"max_cost_usd":         "jcode run -c, which goes on",
	"loop":                 "jcode run -c, which goes on",
	"internal":             "jcode doctor; with --log-file FILE the next time there is more to report",
}

// nextCommand is the step after a failure that brings none.
func (c *command) nextCommand(err error, f *failure) string {
	switch {
	case f.silent || errors.Is(err, errUnhealthy):
		return ""
	case is[*panicError](err):
		return "report it, with what the logs folder has of it"
	case is[*usageError](err), is[*host.UsageError](err):
		return c.inv.helpCommand()
	}
	if step := fileStep(err); step != "" {
		return step
	}
	step := nextCommands[f.code]
	switch {
	case f.provider != "" && f.code == "internal":
		step = "jcode plugins logs " + theProvider
	case f.provider != "" && f.code == "configuration":
		step = "jcode doctor --provider " + theProvider
	case step == "" && (f.exit == exitUsage || c.changesPlugins()):
		return c.inv.helpCommand()
	case f.retryAfter > 0 && f.retryable:
		step = "again in " + shortDuration(f.retryAfter) + ", or " + step
	}
	if f.provider != "" {
		return strings.ReplaceAll(step, theProvider, f.provider)
	}
	return strings.TrimSuffix(step, " --provider "+theProvider)
}

// changesPlugins reports whether the command is about plugins, whose failures have many
// codes.
func (c *command) changesPlugins() bool { return len(c.inv.verbs) > 0 && c.inv.verbs[0] == "plugins" }

// fileStep is what to do about a file that the system refuses: only the system's error
// tells why.
func fileStep(err error) string {
	path := pathOf(err)
	folder := filepath.Dir(path)
	switch {
	case path == "":
		return ""
	case diskFull(err):
		return "make room: df -h " + shellQuote(folder)
	case errors.Is(err, syscall.EFBIG):
		return "ulimit -f, which says how large a file may become"
	case errors.Is(err, syscall.EROFS):
		return "another place: " + folder + " cannot be written"
	case errors.Is(err, fs.ErrPermission):
		return "ls -ld " + shellQuote(folder) + " " + shellQuote(path) + ", which shows whose they are"
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, syscall.ENOTDIR):
		return "check the path: " + path
	}
	return ""
}

// pathOf is the file that err is about, "" if it names none.
func pathOf(err error) string {
	var (
		file *fs.PathError
		link *os.LinkError
	)
	switch {
	case errors.As(err, &file):
		return file.Path
	case errors.As(err, &link):
		return link.New
	}
	return ""
}
