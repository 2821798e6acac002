// Package plugin carries an [sdk.Provider] from one process to another.
//
// An author writes a provider and hands it to [Main]:
//
//	func main() { plugin.Main(acme.New()) }
//
// The host holds a [Client], which is an sdk.Provider again. Between them runs
// gRPC over go-plugin; the messages are those of jcode.provider.v1. Nothing
// outside of this package knows about either.
//
// # What crosses
//
// Every value of package sdk crosses unchanged, with these exceptions: an
// empty slice or map arrives as nil; times arrive in UTC, without their
// monotonic part; text that is not valid UTF-8 arrives with U+FFFD in place of
// the bad bytes (a tool may print anything, and a turn must not die of it),
// while JSON, pictures, opaque payloads and the environment of children are
// bytes and arrive as they were. An unknown event is ignored; an unknown block
// in a request is an error, for a conversation without it is a different one.
//
// # Panics
//
// A panic in a method of the provider becomes an error of kind
// sdk.KindInternal and a log entry with the stack; the plugin lives on. A panic
// in a goroutine that the provider started cannot be recovered by anybody but
// that goroutine: it ends the process, and the host sees a [*TransportError].
package plugin
