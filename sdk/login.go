package sdk

import (
	"context"
	"time"
)

// AuthState says whether requests would be authenticated.
type AuthState string

// The states. Unknown means that only the vendor could tell.
const (
	AuthOK      AuthState = "ok"
	AuthExpired AuthState = "expired"
	AuthMissing AuthState = "missing"
	AuthUnknown AuthState = "unknown"
)

// AuthStatus is what a provider knows of its credentials. It holds no secret.
type AuthStatus struct {
	State AuthState
	// Method is "api_key", "oauth", "cli" and the like.
	Method string
	// Account and Plan are labels for people; may be empty.
	Account, Plan string
	// ExpiresAt is zero when unknown or never.
	ExpiresAt time.Time
	// Source is the file or variable that the credentials come from.
	Source string
	// Passed lists the sources looked at before, and why each was passed over.
	Passed []PassedSource
	// Billing says in one line what a request will cost whom.
	Billing string
	// Detail explains the state; Remedy is the next command.
	Detail, Remedy string
	// CheckedAt is when a probe last asked the vendor; zero is never.
	CheckedAt time.Time
}

// PassedSource is a credential source that was not used.
type PassedSource struct{ Source, Reason string }

// LoginRequest says how the user wants to log in.
type LoginRequest struct {
	// Method is one of Info.LoginMethods; empty lets the provider choose.
	Method string
	// Headless says that nobody can answer: nothing may wait.
	Headless bool
	// HasTerminal says that a terminal can be lent to the vendor's program.
	HasTerminal bool
	// CanOpenBrowser says that opening a URL may work.
	CanOpenBrowser bool
	// RemoteShell says that the user came over SSH: a browser elsewhere
	// cannot reach a callback here.
	RemoteShell bool
	// APIKey is set by --with-api-key, read from standard input.
	APIKey Secret
	// Terminal describes the terminal, when there is one.
	Terminal TerminalSize
	// TerminalType is the value of TERM.
	TerminalType string
}

// TerminalSize is in character cells.
type TerminalSize struct{ Rows, Columns int }

// Account is who logged in.
type Account struct {
	// Label is for people: a mail address, an organisation.
	Label, Plan string
	// Stored is the file that now holds the credentials; may be empty.
	Stored string
}

// RemovedCredential is one entry that Logout removed.
type RemovedCredential struct{ Path, Entry string }

// LoginUI is the terminal, lent to a plugin for one login. The plugin asks, the
// host shows. Every method returns an error once the user gave up or the host
// is gone; ctx of a question may be cancelled to withdraw it, which is how a
// pasted answer and a browser callback race.
type LoginUI interface {
	// Notice shows a line.
	Notice(ctx context.Context, text string) error
	// OpenURL shows a URL and opens it if it can; opened says whether a
	// browser was started.
	OpenURL(ctx context.Context, url OpenURL) (opened bool, err error)
	// DeviceCode shows a code to be typed at a URL.
	DeviceCode(ctx context.Context, code DeviceCode) error
	// Prompt asks for a line. Without somebody to ask it fails with
	// [KindInteractionRequired].
	Prompt(ctx context.Context, prompt Prompt) (Secret, error)
	// Choose asks for one of the options and returns its ID.
	Choose(ctx context.Context, choice Choice) (string, error)
	// Progress shows what is being waited for.
	Progress(ctx context.Context, progress Progress) error
	// CallbackListening says where the browser must reach this machine.
	CallbackListening(ctx context.Context, callback Callback) error
	// Terminal lends the user's terminal until the returned one is closed.
	Terminal(ctx context.Context, title string) (Terminal, error)
}

// OpenURL is a page to visit.
type OpenURL struct {
	URL string
	// Purpose is one line: "log in to Acme".
	Purpose string
}

// DeviceCode is a code to be typed on another device.
type DeviceCode struct {
	UserCode        string
	VerificationURL string
	// CompleteURL already holds the code; may be empty.
	CompleteURL string
	ExpiresIn   time.Duration
}

// Prompt is a question with a free answer.
type Prompt struct {
	Label string
	// Secret hides what is typed.
	Secret bool
	// Default is used for an empty answer.
	Default string
}

// Choice is a question with given answers.
type Choice struct {
	Label   string
	Options []Option
}

// Option is one answer of a [Choice].
type Option struct{ ID, Label string }

// Progress tells what is being waited for.
type Progress struct {
	Text string
	// Deadline is when the wait ends; zero shows no countdown.
	Deadline time.Time
}

// Callback is where a plugin listens for the browser.
type Callback struct {
	// Address is host:port.
	Address string
	URL     string
}

// Terminal is the user's terminal while it is lent to the vendor's program.
type Terminal interface {
	// Read returns what the user types. io.EOF means that the host took the
	// terminal back.
	Read(p []byte) (int, error)
	// Write shows bytes as they are.
	Write(p []byte) (int, error)
	// Resizes delivers each new size; it is closed with the terminal.
	Resizes() <-chan TerminalSize
	// Exit gives the terminal back with the program's exit status.
	Exit(status int) error
}
