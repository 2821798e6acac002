// Package responses is a stand-in for OpenAI's Responses API, for tests. It is never
// part of a release.
//
// [New] gives an http.Handler with both faces of the vendor: the platform
// (/v1/responses, /v1/models), which takes API keys, and the backend of ChatGPT
// subscriptions (/backend-api/codex/responses, /backend-api/codex/models), which
// takes the tokens of a login. It checks every request strictly (a table of named
// violations, see [Violations]), answers from a [Scenario] that picks its next step
// from what it receives, and keeps a record of all it saw. Without a scenario it
// echoes, and obeys the magic words listed in the module's README.
//
// It remembers no conversation: encrypted reasoning and ids carry their own proof,
// so one server may serve any number of conversations, and a conversation survives
// its restart. Only the counts of Step.Times live in the server.
package responses
