package openai

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
	codeUsageLimit       = "usage_limit_reached"
	codeEncrypted        = "invalid_encrypted_content"
	compactRemedy        = "start a new session, or attach less"
	platformLimitsRemedy = "check the plan and the limits at https://platform.openai.com/settings/organization/limits"
	planRemedy           = "see what your ChatGPT plan includes, or use an API key: " + loginRemedy + " --with-api-key"
)

var (
	unauthenticated = verdict{kind: sdk.KindUnauthenticated, message: "the credentials were refused", remedy: loginRemedy}
	forbidden       = verdict{kind: sdk.KindPermissionDenied, message: "the account may not do this; another account, or the workspace's admin, may help", remedy: loginRemedy}
	wrongMode       = verdict{kind: sdk.KindPermissionDenied, message: "this login is not for this address: a ChatGPT login works with ChatGPT's backend, a key with the API", remedy: loginRemedy}
	billing         = verdict{kind: sdk.KindBilling, message: "the account has no credit for this", remedy: platformLimitsRemedy}
	notIncluded     = verdict{kind: sdk.KindBilling, message: "the ChatGPT plan does not include this", remedy: planRemedy}
	usageLimit      = verdict{kind: sdk.KindRateLimited, message: "the usage limit of the ChatGPT plan is reached", remedy: planRemedy}
	rateLimited     = verdict{kind: sdk.KindRateLimited, message: "too many requests", retry: true}
	overloaded      = verdict{kind: sdk.KindOverloaded, message: "the service is overloaded", retry: true}
	serverError     = verdict{kind: sdk.KindOverloaded, message: "the service failed", retry: true}
	timedOut        = verdict{kind: sdk.KindNetwork, message: "the service gave up waiting", retry: true}
	tooLong         = verdict{kind: sdk.KindContextTooLong, message: "the conversation is too long", remedy: compactRemedy}
	unknownModel    = verdict{kind: sdk.KindModelNotFound, message: "there is no such model for this account", remedy: modelsRemedy}
	newerModel      = verdict{kind: sdk.KindModelNotFound, message: "this model needs a newer protocol of Codex than jcode speaks", remedy: modelsRemedy}
	policy          = verdict{kind: sdk.KindPolicyRefused, message: "the vendor's policy forbids this"}
	invalidRequest  = verdict{kind: sdk.KindInvalidRequest, message: "the request was refused"}
	badImage        = verdict{kind: sdk.KindInvalidRequest, message: "an image was refused", remedy: "attach a smaller image, PNG or JPEG"}
	proxyAuth       = verdict{kind: sdk.KindNetwork, message: "the proxy wants credentials", remedy: "check HTTPS_PROXY"}
	pageInTheWay    = verdict{kind: sdk.KindNetwork, message: "a web page came instead of an answer: this is the network, a VPN or a proxy, not the login", remedy: networkRemedy}
	noStream        = verdict{kind: sdk.KindNetwork, message: "something else than an event stream came"}
	noAPIHere       = verdict{kind: sdk.KindConfiguration, message: "there is no Responses API at this address", remedy: "check " + baseVariable + " and " + chatGPTVariable}
)

// byCode are the vendor's own words, in the error's code or else its type, lower
// case. They count more than the status: within a stream there is none.
var byCode = map[string]verdict{
	codeUsageLimit:                         usageLimit,
	"usage_not_included":                   notIncluded,
	"insufficient_quota":                   billing,
	"billing_hard_limit_reached":           billing,
	"billing_not_active":                   billing,
	"rate_limit_exceeded":                  rateLimited,
	"rate_limit_error":                     rateLimited,
	"server_is_overloaded":                 overloaded,
	"slow_down":                            overloaded,
	"server_error":                         serverError,
	"vector_store_timeout":                 timedOut,
	"context_length_exceeded":              tooLong,
	"model_not_found":                      unknownModel,
	"invalid_api_key":                      unauthenticated,
	"token_expired":                        unauthenticated,
	"token_invalidated":                    unauthenticated,
	"token_revoked":                        unauthenticated,
	"deactivated_workspace":                {kind: sdk.KindPermissionDenied, message: "the workspace is deactivated", remedy: loginRemedy},
	"invalid_workspace_selected":           {kind: sdk.KindPermissionDenied, message: "the login is for a workspace that cannot be used", remedy: loginRemedy},
	"missing_codex_entitlement":            {kind: sdk.KindPermissionDenied, message: "this workspace does not include Codex", remedy: loginRemedy},
	"data_residency_mismatch":              {kind: sdk.KindPermissionDenied, message: "the workspace's data must stay elsewhere", remedy: loginRemedy},
	"unsupported_country_region_territory": {kind: sdk.KindPermissionDenied, message: "the vendor does not serve this country", remedy: networkRemedy},
	"invalid_prompt":                       invalidRequest,
	"cyber_policy":                         policy,
	"bio_policy":                           policy,
	"content_policy_violation":             policy,
}

// byText are the refusals that the vendor tells apart in words alone. Lower case.
var byText = []struct {
	text    string
	verdict verdict
}{
	{"api.responses.write", wrongMode},
	{"missing scopes", wrongMode},
	{"is not supported when using codex with a chatgpt account", verdict{
		kind: sdk.KindModelNotFound, message: "this model is not for a ChatGPT account", remedy: modelsRemedy,
	}},
	{"requires a newer version of codex", newerModel},
	{"exceeds the context window", tooLong},
	{"maximum context length", tooLong},
	{"input exceeds", tooLong},
}

// byStatus is for what has no code that we know.
var byStatus = map[int]verdict{
	http.StatusUnauthorized:          unauthenticated,
	http.StatusPaymentRequired:       billing,
	http.StatusForbidden:             forbidden,
	http.StatusProxyAuthRequired:     proxyAuth,
	http.StatusRequestTimeout:        timedOut,
	http.StatusConflict:              serverError,
	http.StatusRequestEntityTooLarge: {kind: sdk.KindContextTooLong, message: "the request is too large", remedy: compactRemedy},
	http.StatusTooManyRequests:       rateLimited,
	http.StatusServiceUnavailable:    overloaded,
	http.StatusGatewayTimeout:        timedOut,
}

// verdict looks a refusal up, from the most telling sign to the least.
func (f fault) verdict() verdict {
	if f.foreign {
		return f.pageVerdict()
	}
	if f.status > 0 && f.status < http.StatusBadRequest {
		return noStream
	}
	text := strings.ToLower(f.message)
	for _, known := range byText {
		if strings.Contains(text, known.text) {
			return known.verdict
		}
	}
	for _, code := range []string{f.code, f.kind} {
		if v, ok := byCode[strings.ToLower(code)]; ok {
			return v
		}
	}
	if strings.Contains(strings.ToLower(f.code), "image") {
		return badImage
	}
	if f.status == http.StatusNotFound {
		return f.missingVerdict(text)
	}
	if v, ok := byStatus[f.status]; ok {
		return v
	}
	switch {
	case f.status >= http.StatusInternalServerError:
		return serverError
	case f.status == 0 && f.kind != "invalid_request_error":
		return serverError // an error within a stream that we do not know
	}
	return invalidRequest
}

// missingVerdict tells an unknown model from an address without the API.
func (f fault) missingVerdict(text string) verdict {
	switch {
	case f.code == "" && strings.HasPrefix(text, "model not found"):
		return newerModel
	case strings.Contains(text, "model") || f.param == "model":
		return unknownModel
	}
	return noAPIHere
}

// pageVerdict is for pages: what a filter says of a status tells little of the
// vendor's.
func (f fault) pageVerdict() verdict {
	switch f.status {
	case http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusProxyAuthRequired, http.StatusRequestEntityTooLarge:
		return byStatus[f.status]
	case http.StatusNotFound, http.StatusMethodNotAllowed:
		return noAPIHere
	}
	if f.status >= http.StatusInternalServerError {
		return serverError // a gateway's page, the vendor's own as a rule
	}
	return pageInTheWay
}
