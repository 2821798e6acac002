package claude

import (
	"net/http"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// verdict is what a refusal means for the host and the user.
type verdict struct {
	kind    sdk.Kind
	message string
	remedy  string
	retry   bool
}

const (
	modelsRemedy  = "jcode models --provider claude"
	policyRemedy  = "use an API key (" + keyVariable + "), or unset " + directVariable
	compactRemedy = "start a new session, or attach less"
	consoleRemedy = "check the plan and the limits at https://platform.claude.com"
)

var (
	unauthenticated = verdict{kind: sdk.KindUnauthenticated, message: "the credentials were refused", remedy: loginRemedy}
	forbidden       = verdict{kind: sdk.KindPermissionDenied, message: "the account may not do this", remedy: consoleRemedy}
	billing         = verdict{kind: sdk.KindBilling, message: "the account has no credit for this", remedy: consoleRemedy}
	unknownModel    = verdict{kind: sdk.KindModelNotFound, message: "there is no such model for this account", remedy: modelsRemedy}
	policy          = verdict{kind: sdk.KindPolicyRefused, message: "the vendor's policy forbids this", remedy: policyRemedy}
	invalidRequest  = verdict{kind: sdk.KindInvalidRequest, message: "the request was refused"}
	tooLong         = verdict{kind: sdk.KindContextTooLong, message: "the conversation is too long", remedy: compactRemedy}
	// A request of more than 32 MB is a conversation that has grown too large.
	tooLarge    = verdict{kind: sdk.KindContextTooLong, message: "the request is too large", remedy: compactRemedy}
	rateLimited = verdict{kind: sdk.KindRateLimited, message: "too many requests", retry: true}
	overloaded  = verdict{kind: sdk.KindOverloaded, message: "the service is overloaded", retry: true}
	serverError = verdict{kind: sdk.KindOverloaded, message: "the service failed", retry: true}
	timedOut    = verdict{kind: sdk.KindNetwork, message: "the service gave up waiting", retry: true}
	conflict    = verdict{kind: sdk.KindOverloaded, message: "the service is busy with the same request", retry: true}
	spendLimit  = verdict{kind: sdk.KindBilling, message: "a spending limit is reached", remedy: consoleRemedy}
	proxyPage   = verdict{kind: sdk.KindNetwork, message: "something on the way answered instead of the service"}
	proxyAuth   = verdict{kind: sdk.KindNetwork, message: "the proxy wants credentials", remedy: "check HTTPS_PROXY"}
	wrongBase   = verdict{kind: sdk.KindConfiguration, message: "there is no Messages API at this address", remedy: baseURLRemedy}
)

// byCode and byCodeSuffix are the vendor's error codes that say more than the
// type.
var byCode = map[string]verdict{
	"ramp_limit_exceeded":         {kind: sdk.KindRateLimited, message: "the account's use grows too fast"},
	"claude_code_version_too_old": policy,
	"image_dimensions_too_large":  {kind: sdk.KindInvalidRequest, message: "an image is too large", remedy: "attach a smaller one"},
}

const spendLimitSuffix = "_spend_limit_reached"

// byText are the refusals that the vendor tells apart in words alone, all of them
// under invalid_request_error or permission_error. Lower case.
var byText = []struct {
	text    string
	verdict verdict
}{
	{"only authorized for use with claude code", policy},
	{"draw from your extra usage", policy},
	{"out of extra usage", policy},
	{"prompt is too long", tooLong},
	{"exceed context limit", tooLong},
	{"exceeds the context window", tooLong},
	{"credit balance is too low", billing},
	{"reached your specified api usage limits", spendLimit},
}

// byType is the vendor's own word, which counts more than the status: within a
// stream there is none.
var byType = map[string]verdict{
	"authentication_error": unauthenticated,
	"billing_error":        billing,
	"permission_error":     forbidden,
	"not_found_error":      unknownModel,
	"request_too_large":    tooLarge,
	"rate_limit_error":     rateLimited,
	"api_error":            serverError,
	"timeout_error":        timedOut,
	"overloaded_error":     overloaded,
	"conflict_error":       conflict,
}

// byStatus is for what has no type, or one that we do not know.
var byStatus = map[int]verdict{
	http.StatusUnauthorized:          unauthenticated,
	http.StatusPaymentRequired:       billing,
	http.StatusForbidden:             forbidden,
	http.StatusNotFound:              unknownModel,
	http.StatusProxyAuthRequired:     proxyAuth,
	http.StatusRequestTimeout:        timedOut,
	http.StatusConflict:              conflict,
	http.StatusRequestEntityTooLarge: tooLarge,
	http.StatusTooManyRequests:       rateLimited,
	http.StatusGatewayTimeout:        timedOut,
	529:                              overloaded,
}

// verdict looks a refusal up, from the most telling sign to the least.
func (f fault) verdict() verdict {
	if f.foreign {
		return f.foreignVerdict()
	}
	if v, ok := byCode[f.code]; ok {
		return v
	}
	if strings.HasSuffix(f.code, spendLimitSuffix) {
		return spendLimit
	}
	text := strings.ToLower(f.message)
	for _, known := range byText {
		if strings.Contains(text, known.text) {
			return known.verdict
		}
	}
	if v, ok := byType[f.kind]; ok {
		return v
	}
	return f.statusVerdict()
}

func (f fault) statusVerdict() verdict {
	if v, ok := byStatus[f.status]; ok {
		return v
	}
	switch {
	case f.status >= http.StatusInternalServerError:
		return serverError
	case f.status == 0 && f.kind != "invalid_request_error":
		// An error within a stream of a type that we do not know.
		return serverError
	}
	return invalidRequest
}

// foreignVerdict is for pages: the status of a proxy or a login page says little
// about the vendor.
func (f fault) foreignVerdict() verdict {
	switch f.status {
	case http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusRequestEntityTooLarge,
		http.StatusProxyAuthRequired, http.StatusPaymentRequired:
		return byStatus[f.status]
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return wrongBase
	}
	v := proxyPage
	v.retry = f.status >= http.StatusInternalServerError
	return v
}
