package messages

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

type errorDefault struct{ kind, message string }

// errorDefaults are the vendor's error types by HTTP status.
var errorDefaults = map[int]errorDefault{
	400: {"invalid_request_error", "The request was not valid."},
	401: {"authentication_error", "invalid x-api-key"},
	402: {"billing_error", "Your credit balance is too low to access the API."},
	403: {"permission_error", "Your account does not have permission to use this resource."},
	404: {"not_found_error", "The requested resource could not be found."},
	408: {"timeout_error", "The request timed out."},
	409: {"conflict_error", "The request conflicts with another one."},
	413: {"request_too_large", "Request exceeds the maximum size"},
	429: {"rate_limit_error", "This request would exceed your account's rate limit. Please try again later."},
	500: {"api_error", "Internal server error"},
	502: {"api_error", "Bad gateway"},
	503: {"api_error", "Service unavailable"},
	504: {"timeout_error", "The request timed out upstream."},
	529: {"overloaded_error", "Overloaded"},
}

// errorBody is the vendor's error object. requestID is left out when empty, as
// in error events.
func errorBody(kind, message string, details map[string]any, requestID string) json.RawMessage {
	if message == "" {
		message = "Overloaded"
	}
	inner := []any{"type", kind, "message", message}
	if len(details) > 0 {
		inner = append(inner, "details", details)
	}
	body := []any{"type", "error", "error", wire.Object(inner...)}
	if requestID != "" {
		body = append(body, "request_id", requestID)
	}
	return wire.Object(body...)
}

func (e *HTTPError) send(x *exchange.Exchange) {
	if e.Body != "" {
		media := e.ContentType
		if media == "" {
			media = "text/html"
		}
		x.Fail(e.Status, media, []byte(e.Body))
		return
	}
	kind, message := e.Type, e.Message
	if kind == "" {
		kind = errorDefaults[e.Status].kind
	}
	if kind == "" {
		kind = "api_error"
	}
	if message == "" {
		message = errorDefaults[e.Status].message
	}
	sendError(x, e.Status, errorBody(kind, message, maps.Clone(e.Details), x.Rec.RequestID))
}

func sendError(x *exchange.Exchange, status int, body []byte) {
	x.Fail(status, "application/json", body)
}

// statusOf finds the HTTP status of an error type, for replies that are not
// streamed.
func statusOf(kind string) int {
	for status, d := range errorDefaults {
		if d.kind == kind && status != http.StatusBadGateway && status != http.StatusServiceUnavailable && status != http.StatusRequestTimeout {
			return status
		}
	}
	return http.StatusInternalServerError
}
