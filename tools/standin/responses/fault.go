package responses

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/jcode-go/jcode/tools/standin/internal/exchange"
	"github.com/jcode-go/jcode/tools/standin/internal/responserules"
	"github.com/jcode-go/jcode/tools/standin/internal/wire"
)

// HTTPError is an answer other than 200.
type HTTPError struct {
	Status int `json:"status"`
	// Shape is how the body looks: error (the default), error_status, error_event,
	// detail, detail_code, detail_list, html, cloudflare or empty.
	Shape   string `json:"shape,omitempty"`
	Type    string `json:"type,omitempty"`
	Code    string `json:"code,omitempty"` // default by status, unless there is a type
	Message string `json:"message,omitempty"`
	Param   string `json:"param,omitempty"`
	// ResetsIn adds to the error object, in seconds from now, when a usage limit
	// ends: resets_at and resets_in_seconds. Strings writes them as strings.
	ResetsIn int  `json:"resets_in,omitempty"`
	Strings  bool `json:"strings,omitempty"`
	// Extra is added to the error object, for example plan_type.
	Extra map[string]any `json:"extra,omitempty"`
	// Body replaces all of that, for what proxies send; ContentType is then
	// text/html unless given.
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
}

type errorDefault struct{ kind, code, message string }

// errorDefaults are the vendor's errors by HTTP status.
var errorDefaults = map[int]errorDefault{
	400: {"invalid_request_error", "invalid_value", "The request was not valid."},
	401: {"invalid_request_error", "token_invalidated", "Your authentication token has been invalidated. Please try signing in again."},
	402: {"invalid_request_error", "deactivated_workspace", "The workspace is deactivated."},
	403: {"invalid_request_error", "missing_codex_entitlement", "You do not have access to Codex."},
	404: {"invalid_request_error", "model_not_found", "Model not found"},
	413: {"invalid_request_error", "request_too_large", "Request body is too large"},
	429: {"tokens", "rate_limit_exceeded", "Rate limit reached for requests. Please try again in 1.5s."},
	500: {"server_error", "server_error", "The server had an error while processing your request. Sorry about that!"},
	502: {"server_error", "bad_gateway", "Bad gateway"},
	503: {"server_error", "server_is_overloaded", "Our servers are currently overloaded. Please try again later."},
	504: {"server_error", "gateway_timeout", "The request timed out upstream."},
}

var errorShapes = []string{
	"", string(responserules.ErrorObject), string(responserules.ErrorStatus), string(responserules.ErrorEvent),
	string(responserules.Detail), string(responserules.DetailCode), string(responserules.DetailList),
	"html", "cloudflare", "empty",
}

func (e *HTTPError) check() error {
	if e.Status < 300 || e.Status > 599 {
		return fmt.Errorf("http.status %d is no error", e.Status)
	}
	if !slices.Contains(errorShapes, e.Shape) {
		return fmt.Errorf("http.shape %q: want one of %q", e.Shape, errorShapes[1:])
	}
	return nil
}

// send answers with the error.
func (e *HTTPError) send(x *exchange.Exchange) {
	switch {
	case e.Body != "":
		media := e.ContentType
		if media == "" {
			media = "text/html"
		}
		x.Fail(e.Status, media, []byte(e.Body))
	case e.Shape == "html":
		page := fmt.Sprintf("<html>\n<head><title>%d %s</title></head>\n<body><center><h1>%[1]d %s</h1></center></body>\n</html>\n", e.Status, http.StatusText(e.Status))
		x.Fail(e.Status, "text/html", []byte(page))
	case e.Shape == "cloudflare":
		Challenge(x.W.Header())
		x.Fail(e.Status, "text/html; charset=UTF-8", []byte(ChallengePage))
	case e.Shape == "empty":
		x.Fail(e.Status, "text/plain", nil)
	default:
		x.Fail(e.Status, "application/json", e.body())
	}
}

func (e *HTTPError) body() []byte {
	d := errorDefaults[e.Status]
	kind, code, message := e.Type, e.Code, e.Message
	if kind == "" && code == "" {
		kind, code = d.kind, d.code
	}
	if message == "" {
		message = d.message
	}
	extra := map[string]any{}
	for name, value := range e.Extra {
		extra[name] = value
	}
	if e.ResetsIn != 0 {
		extra["resets_at"], extra["resets_in_seconds"] = time.Now().Unix()+int64(e.ResetsIn), e.ResetsIn
	}
	if e.Strings {
		for name, value := range extra {
			extra[name] = fmt.Sprint(value)
		}
	}
	return errorBody(responserules.Shape(e.Shape), e.Status, errorFields{kind, code, message, e.Param, extra})
}

// errorFields are what an error object holds.
type errorFields struct {
	kind, code, message, param string
	extra                      map[string]any
}

// errorBody is an error as the vendor's services write it, in one of their shapes.
func errorBody(shape responserules.Shape, status int, f errorFields) []byte {
	pairs := []any{"message", f.message, "type", orNull(f.kind), "param", orNull(f.param), "code", orNull(f.code)}
	for name, value := range f.extra {
		pairs = append(pairs, name, value)
	}
	object := wire.Object(pairs...)
	switch shape {
	case responserules.ErrorStatus:
		return wire.Object("error", object, "status", status)
	case responserules.ErrorEvent:
		return wire.Object("type", "error", "status", status, "error", object)
	case responserules.Detail:
		return wire.Object("detail", f.message)
	case responserules.DetailCode:
		return wire.Object("detail", wire.Object("code", f.code))
	case responserules.DetailList:
		return wire.Object("detail", []any{wire.Object("type", "missing", "loc", []string{"query", f.param}, "msg", f.message, "input", nil)})
	default:
		return wire.Object("error", object)
	}
}

// faultMessages are what the vendor says in a failed response or an error event.
var faultMessages = map[string]string{
	"context_length_exceeded": "Your input exceeds the context window of this model. Please adjust your input and try again.",
	"insufficient_quota":      "You exceeded your current quota, please check your plan and billing details.",
	"usage_not_included":      "To use Codex with your ChatGPT plan, upgrade to Plus.",
	"invalid_prompt":          "Invalid prompt: your prompt was flagged as potentially violating our usage policy.",
	"data_residency_mismatch": "The request does not match the data residency of the workspace.",
	"cyber_policy":            "This request has been flagged for possible cybersecurity risk.",
	"bio_policy":              "This request has been flagged for possible biological risk.",
	"invalid_image":           "The image data you provided does not represent a valid image.",
	"rate_limit_exceeded":     "Rate limit reached for gpt-5. Please try again in 0.02s. Visit https://platform.openai.com/account/rate-limits to learn more.",
	"server_error":            "An error occurred while processing your request. You can retry your request. Please include the request ID in your message.",
	"server_is_overloaded":    "Our servers are currently overloaded. Please try again later.",
	"vector_store_timeout":    "The vector store timed out.",
}

func (f *Fault) message() string {
	if f.Message != "" {
		return f.Message
	}
	if m := faultMessages[f.Code]; m != "" {
		return m
	}
	return "Something went wrong: " + f.Code + "."
}

// ChallengePage is what stands between the vendor and suspicious clients.
const ChallengePage = `<!DOCTYPE html><html lang="en-US"><head><title>Just a moment...</title></head>` +
	`<body><noscript>Enable JavaScript and cookies to continue</noscript></body></html>`

// Challenge sets the headers that come with ChallengePage.
func Challenge(h http.Header) {
	h.Set("Server", "cloudflare")
	h.Set("Cf-Mitigated", "challenge")
	h.Set("Cf-Ray", "8f00"+strconv.FormatInt(time.Now().UnixNano()&0xffffffff, 16)+"-FRA")
}
