// Package ollama is a provider for every server that speaks chat completions as
// OpenAI defined them: Ollama, llama.cpp, vLLM, LM Studio and others, on this machine
// or elsewhere.
//
// Servers differ in what they leave out and in how they say no. What one of them
// refuses is left out of the next request, once, with a warning; the rest is read
// with patience: a call without id or index, arguments in pieces, at once or as an
// object, reasoning under two names or between tags in the text.
//
// The package needs the published sdk alone, and is an example of a whole plugin.
package ollama
