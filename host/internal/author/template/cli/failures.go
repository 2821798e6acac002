package acmename

import (
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout/cliprovider"
)

// failures are what the program prints when a run failed. They are looked for only
// then: answers quote error messages.
var failures = []cliprovider.Failure{
	{
		Patterns: []string{"not logged in", "unauthorized"}, Kind: sdk.KindUnauthenticated,
		Remedy: "jcode login --provider " + providerName + ", or set ACME_NAME_API_KEY",
	},
	{Patterns: []string{"unknown model"}, Kind: sdk.KindModelNotFound, Remedy: "jcode models --provider " + providerName},
	{Patterns: []string{"*rate limit"}, Kind: sdk.KindRateLimited},
	{Patterns: []string{"*too long"}, Kind: sdk.KindContextTooLong},
	{Patterns: []string{"update required"}, Kind: sdk.KindCLIOutdated},
	{Patterns: []string{"network error"}, Kind: sdk.KindNetwork, Retryable: true},
}
