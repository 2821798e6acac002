package install

import "fmt"

// Kind says what sort of failure an [Error] is.
type Kind string

// The kinds.
const (
	// KindUsage: the source or a flag makes no sense.
	KindUsage Kind = "usage"
	// KindNotFound: no such plugin, version or generation.
	KindNotFound Kind = "not_found"
	// KindNetwork: a server cannot be reached, or says no.
	KindNetwork Kind = "network"
	// KindIntegrity: digest or signature is not what it must be.
	KindIntegrity Kind = "integrity"
	// KindArchive: the archive holds what may not be unpacked.
	KindArchive Kind = "archive"
	// KindManifest: the plugin's manifest is wrong.
	KindManifest Kind = "manifest"
	// KindIncompatible: it is not for this machine or this jcode.
	KindIncompatible Kind = "incompatible"
	// KindConsent: the user did not agree, or could not be asked.
	KindConsent Kind = "consent"
	// KindStore: the store's files cannot be read or written.
	KindStore Kind = "store"
	// KindBuild: the go command could not build it.
	KindBuild Kind = "build"
	// KindSmoke: it does not start.
	KindSmoke Kind = "smoke"
)

// Error is why a change of the installed plugins did not happen. The old state is
// still there, except where Op says otherwise.
type Error struct {
	// Op is what was being done, with its object: "install ./acme".
	Op   string
	Kind Kind
	// Detail is what was found; may be empty when Err says it.
	Detail string
	// Remedy is the next command or step; may be empty.
	Remedy string
	// Err is the cause; may be nil.
	Err error
}

// Error is "op: detail: cause".
func (e *Error) Error() string {
	text := e.Op
	if e.Detail != "" {
		text += ": " + e.Detail
	}
	if e.Err != nil {
		text += ": " + e.Err.Error()
	}
	return text
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Hint returns the remedy.
func (e *Error) Hint() string { return e.Remedy }

func problem(kind Kind, remedy, format string, args ...any) *Error {
	return &Error{Op: "install plugin", Kind: kind, Detail: fmt.Sprintf(format, args...), Remedy: remedy}
}
