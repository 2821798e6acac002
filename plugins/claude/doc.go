// Package claude is the provider for Anthropic's Claude models. By default the
// vendor's own program, claude, answers; with JCODE_USE_DIRECT_API=1 the Messages
// API does, with an API key or a login.
//
// # With the program
//
// [Provider.Generate] starts claude for one turn (files cli_*.go), and a pure
// decoder turns the lines that it prints into events. The program runs the tools
// and keeps the conversation; what it needs to find that again is the provider
// state. It is given the credential that was chosen, and no other.
//
// # With the API
//
// The turn goes to a pure builder, which repairs the transcript until the API's
// rules hold and appends the JSON body in one pass. The reply's server-sent events go
// through a pure decoder straight to the stream. Between the two sits one loop
// that retries, continues a paused turn, and gives up on features that a model
// turns out not to have.
//
// # Credentials
//
// They are looked for in an order that is data (discover.go). Our own login is
// renewed under a lock that holds across processes (refresh.go, own.go); those of
// other programs are read and nothing else (borrowed.go).
//
// How a request is authenticated is a credential; what goes with it on the wire
// (headers, first system blocks, tool names) is a contract. The builder and the
// decoder see these two, never a mode.
package claude
