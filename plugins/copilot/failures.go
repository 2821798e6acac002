package copilot

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// failures are what the program prints on standard error.
var failures = []cliprovider.Failure{
	{
		Patterns: []string{"copilot cli not installed", `unknown command "copilot"`, "unknown command copilot"},
		Kind:     sdk.KindCLIMissing,
	},
	{
		Patterns: []string{"classic personal access tokens"}, Kind: sdk.KindUnauthenticated,
		Remedy: "unset GH_TOKEN and GITHUB_TOKEN, or set COPILOT_GITHUB_TOKEN to a fine-grained token",
	},
	{
		Patterns: []string{"authentication token found but could not be validated"}, Kind: sdk.KindUnauthenticated,
		Remedy: "check the network, then jcode login --provider copilot",
	},
	{
		Patterns: []string{"no authentication information found", "authorization error", "*run /login to sign in"},
		Kind:     sdk.KindUnauthenticated,
	},
	{Patterns: []string{`model "*not available`, "no supported model available"}, Kind: sdk.KindModelNotFound},
	{Patterns: []string{"request exceeds the model's prompt budget", "*prompt budget"}, Kind: sdk.KindContextTooLong},
	{
		Patterns: []string{"*no quota", "*quota exceeded", "*exceeded your*quota", "*premium request*limit", "*out of*premium requests"},
		Kind:     sdk.KindBilling,
	},
	{Patterns: []string{"*rate limit", "*too many requests"}, Kind: sdk.KindRateLimited},
	{
		Patterns: []string{"failed to get response from the ai model"}, Kind: sdk.KindOverloaded, Retryable: true,
	},
	{
		Patterns: []string{"no response was returned"}, Kind: sdk.KindInternal, Retryable: true,
		Message: "copilot's model returned nothing", Remedy: "run it again; copilot's own logs are in ~/.copilot/logs",
	},
}

// words are the values of errorType. What a query failed of, the status says.
var words = map[string]cliprovider.Failure{
	"authentication": {Kind: sdk.KindUnauthenticated},
	"authorization":  {Kind: sdk.KindUnauthenticated},
	"policy":         {Kind: sdk.KindPolicyRefused},
	"quota":          {Kind: sdk.KindBilling},
	"rate_limit":     {Kind: sdk.KindRateLimited},
	"context_limit":  {Kind: sdk.KindContextTooLong},
}

var traps = []cliprovider.Trap{
	{
		When: func(_ cliprovider.Variables, h cliprovider.Help, _ string) bool {
			return h.Known() && !h.Has("--output-format")
		},
		Detail: "this version prints no events: what its tools do cannot be told from its answer", Remedy: "copilot update, to 0.0.422 or later",
	},
	{
		Harmless: true,
		When: func(v cliprovider.Variables, _ cliprovider.Help, _ string) bool {
			model, _ := v.Get("JCODE_COPILOT_MODEL")
			return model == ""
		},
		Detail: "where the account does not have the default model " + defaultModel + ", copilot chooses, or JCODE_COPILOT_MODEL names one",
	},
}
