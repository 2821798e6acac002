package antigravity

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// failures are what the program prints beside its answer, or logs.
var failures = []cliprovider.Failure{
	{
		// It waits a minute for somebody to visit the page.
		Patterns: []string{"authentication required"}, Stops: true, Kind: sdk.KindUnauthenticated,
		Message: "nobody is signed in to Antigravity",
	},
	{
		Patterns: []string{"authentication timed out", "you are not logged into antigravity", "*you are not logged into antigravity", "please sign in"},
		Kind:     sdk.KindUnauthenticated,
	},
	{
		// It leaves with status 0 and says that the half is the whole.
		Patterns: []string{"agy] print timeout after", "print timeout after"}, Stops: true, Kind: sdk.KindNetwork,
		Message: "the program's own time limit cut the answer off", Remedy: "run it again, or ask for less at once",
	},
	{Patterns: []string{"*resource_exhausted", "*quota exceeded", "*exceeded your*quota", "*quota will reset"}, Kind: sdk.KindRateLimited},
	{Patterns: []string{"*no longer supported"}, Kind: sdk.KindCLIOutdated},
	{
		Patterns: []string{"*auto-denied", "*--dangerously-skip-permissions"}, Kind: sdk.KindPermissionDenied,
		Remedy: "--permission-mode bypass, or permissions.allow in ~/.gemini/antigravity-cli/settings.json",
	},
	{Patterns: []string{"unknown model", "invalid model", "unrecognized model", "model *not found", "no such model"}, Kind: sdk.KindModelNotFound},
	{Patterns: []string{"*exceeds the maximum number of tokens", "*context window", "*prompt is too long"}, Kind: sdk.KindContextTooLong},
}

var traps = []cliprovider.Trap{
	{
		Below:  [3]int{1, 0, 15},
		Detail: "this version often prints nothing where its output is no terminal", Remedy: "update the program, to 1.1.8 or later",
	},
	{
		When: func(_ cliprovider.Variables, h cliprovider.Help, _ string) bool {
			return h.Known() && !h.Has("--output-format")
		},
		Detail: "this version prints no events: tools, refusals and time limits cannot be told from its answer", Remedy: "update the program, to 1.1.8 or later",
	},
	{
		Harmless: true,
		When: func(v cliprovider.Variables, h cliprovider.Help, _ string) bool {
			return h.Known() && h.Has("--input-format") && promptFlag(v) != "-p"
		},
		Detail: "JCODE_ANTIGRAVITY_PROMPT_FLAG is set: prompts go to the command line, which holds 120,000 bytes",
	},
}
