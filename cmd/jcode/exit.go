package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// The exit codes. They are documented by `jcode help exit-codes` and never
// change their meaning.
const (
	exitOK         = 0
	exitInternal   = 1
	exitUsage      = 2
	exitConfig     = 3
	exitLogin      = 4
	exitProvider   = 5
	exitDenied     = 6
	exitLimit      = 7
	exitPlugin     = 8
	exitSchema     = 9
	exitTimeout    = 124
	exitReaderGone = 128 + 13
)

// kindExits maps a provider's error to an exit code.
var kindExits = [...]int{
	sdk.KindInternal:            exitInternal,
	sdk.KindUnauthenticated:     exitLogin,
	sdk.KindPermissionDenied:    exitLogin,
	sdk.KindBilling:             exitProvider,
	sdk.KindRateLimited:         exitProvider,
	sdk.KindOverloaded:          exitProvider,
	sdk.KindNetwork:             exitProvider,
	sdk.KindContextTooLong:      exitLimit,
	sdk.KindInvalidRequest:      exitInternal,
	sdk.KindModelNotFound:       exitUsage,
	sdk.KindCLIMissing:          exitConfig,
	sdk.KindCLIOutdated:         exitConfig,
	sdk.KindInteractionRequired: exitLogin,
	sdk.KindPolicyRefused:       exitInternal,
	sdk.KindCancelled:           exitInternal,
	sdk.KindConfiguration:       exitConfig,
}

// failure is an error as the user and the machine see it.
type failure struct {
	exit int
	// code is stable, for machines.
	code    string
	message string
	// hint is the command or step that mends it; may be empty.
	hint string
	// provider is set by whoever knows it.
	provider   string
	httpStatus int
	requestID  string
	retryable  bool
	retryAfter time.Duration
	// silent failures are not printed: nobody is there to read.
	silent bool
}

// explain is the one place where errors become exit codes. It returns nil for
// nil.
func explain(err error) *failure {
	if err == nil {
		return nil
	}
	f := classify(err)
	if f.message == "" {
		f.message = err.Error()
	}
	if f.hint == "" {
		if remedies := host.Remedies(err); len(remedies) > 0 {
			f.hint = remedies[0]
		}
	}
	return &f
}

// classify goes from the outermost cause to the innermost: a signal explains
// whatever else went wrong because of it.
func classify(err error) failure {
	var (
		signalled *signalError
		crashed   *panicError
		usage     *usageError
		timeout   *host.TimeoutError
		limit     *host.LimitError
		installed *host.InstallError
		author    *host.AuthorError
		child     *childError
		plugin    *host.PluginError
		provider  *sdk.Error
	)
	switch {
	case errors.Is(err, errReaderGone), isReaderGone(err):
		return failure{exit: exitReaderGone, code: "reader_gone", silent: true}
	case errors.As(err, &signalled):
		return signalFailure(signalled)
	case errors.As(err, &crashed):
		return failure{exit: exitInternal, code: "internal", message: crashed.Error()}
	case errors.As(err, &child):
		return failure{exit: child.code, code: "command", silent: true}
	case errors.As(err, &usage):
		return failure{exit: exitUsage, code: "usage", message: usage.Error(), hint: usage.try}
	case errors.As(err, &timeout), errors.Is(err, host.ErrTimeout):
		return failure{exit: exitTimeout, code: "timeout"}
	case errors.As(err, &limit):
		return failure{exit: exitLimit, code: limit.Limit, message: limit.Message, hint: limit.Remedy}
	case errors.As(err, &installed):
		return failure{exit: installExit(string(installed.Kind)), code: "install_" + string(installed.Kind), message: installed.Error(), hint: installed.Remedy}
	case errors.As(err, &author):
		return failure{exit: installExit(string(author.Kind)), code: "author_" + string(author.Kind), message: author.Error(), hint: author.Remedy}
	case errors.As(err, &provider) && (!errors.As(err, &plugin) || passesThrough(provider.Kind)):
		return providerFailure(provider)
	case errors.As(err, &plugin):
		return failure{exit: exitPlugin, code: "plugin", message: plugin.Error()}
	}
	return classifyRest(err)
}

// installExits maps the kinds of a change of the installed plugins that failed. A
// plugin that cannot be had or may not be used is a plugin error, as at a launch.
var installExits = map[string]int{
	"usage": exitUsage, "not_found": exitUsage, "network": exitProvider, "consent": exitDenied,
	"manifest": exitConfig, "store": exitConfig, "build": exitConfig, "file": exitConfig,
}

func installExit(kind string) int {
	if exit, ok := installExits[kind]; ok {
		return exit
	}
	return exitPlugin
}

// passesThrough reports whether a plugin that fails for such a reason is in
// order itself: it is the user who must do something.
func passesThrough(kind sdk.Kind) bool {
	switch kind {
	case sdk.KindConfiguration, sdk.KindCLIMissing, sdk.KindCLIOutdated,
		sdk.KindUnauthenticated, sdk.KindInteractionRequired:
		return true
	default:
		return false
	}
}

// classifyRest are the errors whose type alone says everything.
func classifyRest(err error) failure {
	types := []struct {
		is   func(error) bool
		exit int
		code string
	}{
		{is[*host.UsageError], exitUsage, "usage"},
		{is[*host.SessionNotFoundError], exitUsage, "session_not_found"},
		{is[*host.SessionLockedError], exitUsage, "session_locked"},
		{is[*host.SessionNameError], exitUsage, "session_name"},
		{is[*host.SessionImportError], exitUsage, "session_import"},
		{is[*host.ConfigError], exitConfig, "configuration"},
		{is[*host.NoProviderError], exitLogin, "login_required"},
		{is[*host.DeniedError], exitDenied, "denied"},
		{is[*host.RefusalError], exitInternal, "refusal"},
		{is[*fs.PathError], exitConfig, "file"},
		{is[*os.LinkError], exitConfig, "file"},
	}
	for _, t := range types {
		if t.is(err) {
			return failure{exit: t.exit, code: t.code}
		}
	}
	if errors.Is(err, context.Canceled) {
		return failure{exit: signalExit(syscall.SIGINT), code: "cancelled", message: "cancelled"}
	}
	return failure{exit: exitInternal, code: "internal"}
}

func is[E error](err error) bool {
	var target E
	return errors.As(err, &target)
}

func signalFailure(err *signalError) failure {
	return failure{exit: signalExit(err.signal), code: "cancelled", message: err.Error()}
}

func providerFailure(err *sdk.Error) failure {
	f := failure{
		exit: exitInternal, code: err.Kind.String(), message: err.Error(), hint: err.Remedy,
		httpStatus: err.HTTPStatus, requestID: err.ProviderRequestID,
		retryable: err.Retryable, retryAfter: err.RetryAfter,
	}
	if int(err.Kind) >= 0 && int(err.Kind) < len(kindExits) {
		f.exit = kindExits[err.Kind]
	}
	if err.Kind == sdk.KindCancelled {
		f.exit = signalExit(syscall.SIGINT)
	}
	return f
}

// limitSubtypes are the words for the limits of a run, by the codes of the errors.
var limitSubtypes = map[string]string{
	"max_turns":        "error_max_turns",
	"max_cost_usd":     "error_max_budget_usd",
	"max_tokens_total": "error_max_tokens_total",
	"loop":             "error_loop",
}

// subtype is the result event's word for how a run ended.
func (f *failure) subtype() string {
	if f == nil {
		return "success"
	}
	switch f.exit {
	case exitLogin:
		return "error_auth"
	case exitProvider:
		return "error_provider"
	case exitDenied:
		return "error_permission"
	case exitPlugin:
		return "error_plugin"
	case exitTimeout:
		return "error_timeout"
	case exitSchema:
		return "error_max_structured_output_retries"
	case exitLimit:
		if subtype, ok := limitSubtypes[f.code]; ok {
			return subtype
		}
	}
	if f.exit > 128 {
		return "cancelled"
	}
	return "error_during_execution"
}
