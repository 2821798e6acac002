package acmename

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// meaning is what a status says. The host decides by Kind: whether to log in, to
// wait and try again, or to give up.
type meaning struct {
	kind      sdk.Kind
	retryable bool
	remedy    string
}

var statuses = map[int]meaning{
	http.StatusUnauthorized:          {kind: sdk.KindUnauthenticated, remedy: loginCommand},
	http.StatusPaymentRequired:       {kind: sdk.KindBilling},
	http.StatusForbidden:             {kind: sdk.KindPermissionDenied},
	http.StatusNotFound:              {kind: sdk.KindModelNotFound, remedy: "jcode models --provider " + providerName},
	http.StatusRequestEntityTooLarge: {kind: sdk.KindContextTooLong},
	http.StatusTooManyRequests:       {kind: sdk.KindRateLimited, retryable: true},
	http.StatusServiceUnavailable:    {kind: sdk.KindOverloaded, retryable: true},
}

// statusError reads a refusal. What is no JSON of the API, a proxy's page for
// example, is quoted in one line.
func statusError(response *http.Response, body []byte, now time.Time) *sdk.Error {
	m, known := statuses[response.StatusCode]
	switch {
	case known:
	case response.StatusCode >= http.StatusInternalServerError:
		m = meaning{kind: sdk.KindOverloaded, retryable: true}
	default:
		m = meaning{kind: sdk.KindInvalidRequest}
	}
	var refusal event
	text := httpapi.PageExcerpt(string(body))
	if json.Unmarshal(body, &refusal) == nil && refusal.Error.Message != "" {
		text = httpapi.Excerpt(refusal.Error.Message)
	}
	if text == "" {
		text = http.StatusText(response.StatusCode)
	}
	return &sdk.Error{
		Kind: m.kind, Message: text, Remedy: m.remedy, Retryable: m.retryable,
		RetryAfter: httpapi.RetryAfter(response.Header, now),
		HTTPStatus: response.StatusCode, ProviderRequestID: response.Header.Get("X-Request-Id"),
	}
}
