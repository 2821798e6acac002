package cursor

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// failures are what the program prints on standard error, or as a whole in place of
// an answer.
var failures = []cliprovider.Failure{
	{
		// A folder that was never trusted: refused with status 0, or waited for.
		Patterns: []string{"workspace trust required"}, Stops: true, Kind: sdk.KindInteractionRequired,
		Message: "cursor-agent does not work in a folder that nobody has trusted",
		Remedy:  "run cursor-agent in this folder once and trust it; a version whose help lists --trust needs no such step",
	},
	{
		Patterns: []string{"authentication required", "not logged in", "invalid api key", "unauthorized", "401", "*status code 401"},
		Kind:     sdk.KindUnauthenticated, Remedy: "jcode login --provider cursor, or set CURSOR_API_KEY",
	},
	{Patterns: []string{"cannot use this model", "actionrequirederror"}, Kind: sdk.KindModelNotFound},
	{Patterns: []string{"update required", "*outdated_client"}, Kind: sdk.KindCLIOutdated, Remedy: "cursor-agent update"},
	{Patterns: []string{"429", "*status code 429", "*usage limit", "*rate limit"}, Kind: sdk.KindRateLimited},
	{Patterns: []string{"*prompt is too long", "*context length", "*maximum context"}, Kind: sdk.KindContextTooLong},
	{Patterns: []string{"*econnrefused", "*enotfound", "*etimedout", "*fetch failed", "network error"}, Kind: sdk.KindNetwork, Retryable: true},
	{
		Patterns: []string{"*raw mode is not supported"}, Kind: sdk.KindInteractionRequired,
		Message: "cursor-agent wants a terminal to ask something", Remedy: "run cursor-agent in this folder once",
	},
}

var traps = []cliprovider.Trap{
	{
		When: func(_ cliprovider.Variables, h cliprovider.Help, _ string) bool {
			return h.Known() && !h.Has("--trust")
		},
		Detail: "this version has no --trust: it gives no answer in a folder that nobody has trusted", Remedy: "cursor-agent update",
	},
	{
		When: func(v cliprovider.Variables, _ cliprovider.Help, version string) bool {
			key, _ := v.Get("CURSOR_API_KEY")
			return key == "" && version == "2026.08.11"
		},
		Detail: "this version ignores its login when it answers for another program", Remedy: "cursor-agent update, or set CURSOR_API_KEY",
	},
	{
		Harmless: true,
		When: func(v cliprovider.Variables, h cliprovider.Help, version string) bool {
			model, _ := v.Get("JCODE_CURSOR_MODEL")
			return h.Known() && model == "" && !shellout.OlderThan(version, [3]int{2026, 8, 0})
		},
		Detail: "today's versions do not have the default model " + defaultModel + "; " + autoModel + " takes its place, or what JCODE_CURSOR_MODEL names",
	},
}
