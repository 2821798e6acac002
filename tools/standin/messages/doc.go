// Package messages is a stand-in for the Claude Messages API, for tests,
// benchmarks and the demonstration. It is never part of a release.
//
// [New] gives an http.Handler that checks every request strictly (a table of
// named violations, see [Violations]), answers from a [Scenario] that picks its
// next step from what it receives, and keeps a record of all it saw. Without a
// scenario it echoes, and obeys the magic words listed in the module's README.
//
// It thinks nothing and remembers little: signatures and tool ids carry their
// own proof, and steps are chosen from the conversation as it was sent, so one
// server may serve any number of conversations at once, and a conversation
// survives its restart. Only the counts of Step.Times live in the server.
package messages
