package sdk

import "context"

// Provider is one model vendor, as the host sees it. A plugin author implements
// it and hands it to plugin.Main; the host holds a remote one that behaves the
// same. Embed [Defaults] to get the optional methods.
//
// All methods may be called at the same time from several goroutines, except
// Configure, which the host calls once, after the first Info and before anything
// else.
// Cancelling ctx must end a method within 250 ms and leave no child process.
// Every error is an [*Error] or becomes one of kind [KindInternal].
type Provider interface {
	// Info describes the plugin. It does no I/O, needs no configuration and
	// answers in under a second. The host asks before Configure, to see who it
	// is, and once more after it: capabilities may depend on the configuration.
	Info(ctx context.Context) (Info, error)

	// Configure hands over where the plugin runs and what the user granted it.
	// It is the only call that carries the user's environment.
	Configure(ctx context.Context, config Config) error

	// AuthStatus tells whether a request would be authenticated, and by what.
	// It reads files and variables only: no request to the vendor and no slow
	// program unless probe is true.
	AuthStatus(ctx context.Context, probe bool) (AuthStatus, error)

	// Login obtains credentials through ui, stores them and returns the
	// account. Without a terminal it must not wait: it returns an error of
	// kind [KindInteractionRequired] whose remedy is the command to run.
	Login(ctx context.Context, request LoginRequest, ui LoginUI) (Account, error)

	// Logout removes the credentials that Login stored, never another tool's,
	// and returns what it removed.
	Logout(ctx context.Context) ([]RemovedCredential, error)

	// ListModels returns the models this account may use, in the vendor's
	// order. The list is a help, not a gate: an unknown model in a request is
	// passed on.
	ListModels(ctx context.Context) ([]Model, error)

	// Generate sends request to the vendor and emits the answer's events on
	// stream, in order. It returns after the last event with the stop reason
	// and the usage, or with an error and no stop reason. An answer without
	// the vendor's own end is an error of kind [KindNetwork] that wraps
	// io.ErrUnexpectedEOF. A cancelled ctx is an error of kind
	// [KindCancelled], never a result. If an Emit fails, Generate stops and
	// returns that error.
	//
	// request is read-only, for the next one may share its messages, and valid until
	// Generate returns.
	Generate(ctx context.Context, request *Request, stream Stream) (Result, error)

	// Diagnose runs the plugin's own health checks for `jcode doctor`, in the
	// order in which they should be read.
	Diagnose(ctx context.Context) ([]Check, error)

	// Drain finishes or ends what the plugin still runs, before the process
	// ends; ctx carries the deadline. It may be called more than once: by the
	// host, and by plugin.Main at the end.
	Drain(ctx context.Context) error
}

// Stream is where Generate puts its events. It is valid until Generate returns;
// Emit afterwards fails.
type Stream interface {
	// Emit hands one event to the caller, in order. It may block while the
	// caller is slow. It is safe for use by several goroutines, but only one
	// can say in which order. An error means that the caller is gone.
	Emit(event Event) error

	// Ask puts a question that the vendor's own program asked to the user and
	// waits for the answer. Only plugins whose vendor runs tools itself need
	// it. Without somebody to ask, the answer is a denial.
	Ask(ctx context.Context, request PermissionRequest) (PermissionAnswer, error)

	// Interrupted is closed when the user asked to stop this turn in an
	// orderly way; cancelling ctx is the disorderly one.
	Interrupted() <-chan struct{}
}

// Defaults implements the methods of [Provider] that a small plugin can do
// without. Embed it by value.
type Defaults struct{}

// Configure accepts and forgets the configuration.
func (Defaults) Configure(context.Context, Config) error { return nil }

// Login reports that the provider has no login of its own.
func (Defaults) Login(context.Context, LoginRequest, LoginUI) (Account, error) {
	return Account{}, &Error{Kind: KindInvalidRequest, Op: "login", Message: "this provider has no login"}
}

// Logout removes nothing.
func (Defaults) Logout(context.Context) ([]RemovedCredential, error) { return nil, nil }

// ListModels returns no models.
func (Defaults) ListModels(context.Context) ([]Model, error) { return nil, nil }

// Diagnose has nothing to check.
func (Defaults) Diagnose(context.Context) ([]Check, error) { return nil, nil }

// Drain has nothing to end.
func (Defaults) Drain(context.Context) error { return nil }
