// Package agent runs a prompt to its end: it asks the model, runs the tool calls
// of the answer, gives their results back and asks again, until the model is done
// or a limit, an error or the user ends it.
//
// Three promises hold on every way out. Each tool call has exactly one result.
// The session holds all that was said, the assistant's message before its tools
// run. The history is valid: roles alternate and calls are paired.
package agent
