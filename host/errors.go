package host

import (
	"errors"
	"strings"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/install"
	"github.com/jcode-go/jcode/host/internal/launch"
	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// The typed errors of the host. Everything else is an [sdk.Error] of a
// provider, a cancelled context, or a defect.
type (
	// UsageError says that the command line asks for what cannot be (exit 2).
	UsageError = agent.UsageError
	// ConfigError says that a file or variable is wrong; it names the place (exit 3).
	ConfigError = config.Error
	// LimitError says that a limit ended the run (exit 7).
	LimitError = agent.LimitError
	// DeniedError says that calls were denied under --on-deny report or fail (exit 6).
	DeniedError = agent.DeniedError
	// TimeoutError says that --timeout is over (exit 124). It wraps [ErrTimeout].
	TimeoutError = agent.TimeoutError
	// RefusalError says that the model refused to answer (exit 1).
	RefusalError = agent.RefusalError
	// PluginError says that a plugin cannot be used: it is missing, has a wrong hash,
	// does not speak the protocol, crashed (exit 8).
	PluginError = launch.Error
	// InstallError says why the installed plugins could not be changed; its Kind
	// says what sort of reason that is.
	InstallError = install.Error
	// SessionNotFoundError says that no session, or more than one, fits (exit 2).
	SessionNotFoundError = session.NotFoundError
	// SessionNameError says why a session cannot have a name (exit 2).
	SessionNameError = session.NameError
	// SessionImportError says why a text is no exported session (exit 2).
	SessionImportError = session.ImportError
	// SessionLockedError says that another process writes the session (exit 2).
	SessionLockedError = session.LockedError
)

// ErrTimeout is the cause of a run that --timeout ended.
var ErrTimeout = agent.ErrTimeout

// NoProviderError says that no provider is logged in, or that none is there
// (exit 4).
type NoProviderError struct {
	// Found are the providers that could be logged in to, best first.
	Found []string
}

// Error is one line for the user.
func (e *NoProviderError) Error() string {
	if len(e.Found) == 0 {
		return "choose provider: no provider plugin was found"
	}
	return "choose provider: none is logged in (found " + strings.Join(e.Found, ", ") + ")"
}

// Commands are the commands that mend it, best first.
func (e *NoProviderError) Commands() []string {
	if len(e.Found) == 0 {
		return []string{"jcode plugins list, or build the bundled plugins with make build"}
	}
	commands := make([]string, 0, len(e.Found))
	for _, name := range e.Found {
		commands = append(commands, "jcode login --provider "+name)
	}
	return commands
}

// storageError says that a session cannot be kept, for a reason that the user can
// mend: a full disk, a file in the place of a folder.
type storageError struct{ err error }

// Error is that of the cause.
func (e *storageError) Error() string { return e.err.Error() }

// Unwrap returns the cause.
func (e *storageError) Unwrap() error { return e.err }

// Hint is how to go on without a session.
func (e *storageError) Hint() string { return "jcode run --ephemeral, which keeps no session" }

// Remedies returns the commands or steps that err itself proposes, best first.
func Remedies(err error) []string {
	var several interface{ Commands() []string }
	if errors.As(err, &several) {
		return several.Commands()
	}
	var provider *sdk.Error
	if errors.As(err, &provider) && provider.Remedy != "" {
		return []string{provider.Remedy}
	}
	var one interface{ Hint() string }
	if errors.As(err, &one) && one.Hint() != "" {
		return []string{one.Hint()}
	}
	return nil
}
