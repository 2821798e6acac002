// Package sdk is the contract between the jcode host and a provider plugin.
//
// A plugin is a program that owns everything about one model vendor: login,
// credential files, the wire format, the mapping of tool names, the vendor's
// own command-line program. The host owns the conversation, the tools, the
// sessions and the terminal. They meet in the types of this package; package
// sdk/plugin carries them between two processes, so that a remote provider and
// a local one are the same [Provider] to their caller.
//
// # A request and its answer
//
// The host builds one whole [Request] per turn and calls [Provider.Generate].
// Events come back through a [Stream] in order. The stop reason and the usage
// are the return value, a [Result]: a provider that returns without an error has
// seen its vendor's terminal event, and a stream that was cut short is an error,
// never a short answer.
//
// # Errors
//
// A provider returns [*Error] with a [Kind]. The kind decides what the host
// does and which exit code the user gets; the message and the remedy are shown.
//
// # Secrets
//
// Tokens and keys are [Secret] values, which print as "[redacted]" in every
// format. Only the code that puts one on the wire calls [Secret.Reveal].
//
// This package imports the standard library only.
package sdk
