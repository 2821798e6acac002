// Package claude is the provider for Anthropic's Claude models: the Messages
// API, spoken directly with an API key.
//
// # A request and its answer
//
// [Provider.Generate] reads the settings that Configure brought and hands the
// turn to a pure builder, which repairs the transcript until the API's rules
// hold and appends the JSON body in one pass. The reply's server-sent events go
// through a pure decoder straight to the stream. Between the two sits one loop
// that retries, continues a paused turn, and gives up on features that a model
// turns out not to have.
//
// # What varies
//
// How a request is authenticated is a credential; what goes with it on the wire
// (headers, first system blocks, tool names) is a contract. The builder and the
// decoder see these two, never a mode.
package claude
