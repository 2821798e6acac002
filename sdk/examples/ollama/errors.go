package ollama

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const opGenerate = "generate"

// fault is a refusal by a server, or by something between us and it.
type fault struct {
	status     int // 0 for an error within a stream
	code       string
	message    string
	page       bool // a proxy or a filter answered
	requestID  string
	retryAfter time.Duration
}

// wireError is an error in all the forms that are met: an object under "error", a text
// there, or its fields at the top.
type wireError struct {
	Error   json.RawMessage `json:"error"`
	Message credfile.Text   `json:"message"`
	Detail  credfile.Text   `json:"detail"`
	Type    credfile.Text   `json:"type"`
	Code    credfile.Text   `json:"code"`
}

func readFault(response *http.Response, now time.Time) fault {
	f := fault{
		status: response.StatusCode, requestID: firstOf(response.Header.Get("X-Request-Id"), response.Header.Get("Request-Id")),
		retryAfter: httpapi.RetryAfter(response.Header, now),
	}
	f.read(httpapi.ErrorBody(response))
	return f
}

func (f *fault) read(body []byte) {
	text := strings.TrimSpace(string(body))
	if !json.Valid(body) {
		f.page = strings.HasPrefix(text, "<")
		f.message = httpapi.PageExcerpt(text)
		return
	}
	var wire wireError
	_ = json.Unmarshal(body, &wire) // a text or a list has none of these
	var inner wireError
	var plain credfile.Text
	_, _ = json.Unmarshal(wire.Error, &inner), json.Unmarshal(wire.Error, &plain) // either, or neither
	f.code = firstOf(string(inner.Type), string(inner.Code), string(wire.Type))
	f.message = httpapi.Excerpt(firstOf(string(inner.Message), string(plain), string(wire.Message), string(wire.Detail)))
}

// sayings tell a kind of error by the words of the server, where the status says too
// little. The first that fits counts.
var sayings = []struct {
	says   *regexp.Regexp
	kind   sdk.Kind
	remedy string
}{
	{regexp.MustCompile(`(?i)exceed_context_size|available context size|maximum context length|context (length|window)|context the overflows|prompt is too long|input length`), sdk.KindContextTooLong, contextRemedy},
	{regexp.MustCompile(`(?i)requires more system memory|out of memory|insufficient memory`), sdk.KindInvalidRequest, "choose a smaller model: jcode models --provider ollama"},
	{regexp.MustCompile(`(?i)enable-auto-tool-choice|--tool-call-parser`), sdk.KindConfiguration, "start vLLM with --enable-auto-tool-choice --tool-call-parser PARSER"},
	{regexp.MustCompile(`(?i)--jinja`), sdk.KindConfiguration, "start llama-server with --jinja"},
	{regexp.MustCompile(`(?i)image input is not supported|does not support (image|vision)|multimodal`), sdk.KindInvalidRequest, "choose a model that reads images"},
	{regexp.MustCompile(`(?i)loading model|model is loading`), sdk.KindOverloaded, ""},
}

const contextRemedy = "give the model more context (Ollama: OLLAMA_CONTEXT_LENGTH=32768 ollama serve), or begin a new session"

var modelMissing = regexp.MustCompile(`(?i)model.*(not found|does not exist|not exist|unknown|not loaded)|no models? (is |are )?loaded|(unknown|invalid) model|failed to load model`)

// statuses are what a status means by itself.
var statuses = map[int]struct {
	kind      sdk.Kind
	retryable bool
	remedy    string
}{
	http.StatusBadRequest:            {sdk.KindInvalidRequest, false, ""},
	http.StatusUnauthorized:          {sdk.KindUnauthenticated, false, loginRemedy},
	http.StatusPaymentRequired:       {sdk.KindBilling, false, ""},
	http.StatusForbidden:             {sdk.KindPermissionDenied, false, loginRemedy},
	http.StatusNotFound:              {sdk.KindConfiguration, false, "check the address: it must serve /v1/chat/completions"},
	http.StatusMethodNotAllowed:      {sdk.KindConfiguration, false, "check the address: it must serve /v1/chat/completions"},
	http.StatusRequestEntityTooLarge: {sdk.KindContextTooLong, false, ""},
	http.StatusTooManyRequests:       {sdk.KindRateLimited, true, ""},
	http.StatusServiceUnavailable:    {sdk.KindOverloaded, true, ""},
	http.StatusBadGateway:            {sdk.KindNetwork, true, ""},
	http.StatusGatewayTimeout:        {sdk.KindNetwork, true, ""},
}

// error is what the host is told. model is the one asked for; empty when none was.
func (f fault) error(op, host, model string) *sdk.Error {
	e := &sdk.Error{Op: op, HTTPStatus: f.status, ProviderRequestID: f.requestID, RetryAfter: f.retryAfter}
	known, ok := statuses[f.status]
	switch {
	case ok:
		e.Kind, e.Retryable, e.Remedy = known.kind, known.retryable, known.remedy
	case f.status >= http.StatusInternalServerError || f.status == 0:
		e.Kind, e.Retryable = sdk.KindOverloaded, true
	default:
		e.Kind = sdk.KindInvalidRequest
	}
	e.Message = f.words(host)
	if f.page {
		return e
	}
	for _, s := range sayings {
		if s.says.MatchString(f.message + " " + f.code) {
			e.Kind, e.Remedy, e.Retryable = s.kind, s.remedy, s.kind == sdk.KindOverloaded
			return e
		}
	}
	if model != "" && f.refusesModel() {
		e.Kind, e.Remedy, e.Retryable = sdk.KindModelNotFound, "jcode models --provider ollama", false
	}
	return e
}

func (f fault) refusesModel() bool {
	switch f.status {
	case http.StatusBadRequest, http.StatusNotFound, http.StatusUnprocessableEntity, 0:
		return modelMissing.MatchString(f.message + " " + f.code)
	}
	return false
}

func (f fault) words(host string) string {
	switch {
	case f.page:
		return "a page answers in place of " + host + ": " + f.message
	case f.message == "" && f.status == 0:
		return host + " reports an error without a word"
	case f.message == "":
		return host + " answers with status " + strconv.Itoa(f.status)
	case f.status == 0:
		return host + ": " + f.message
	}
	return host + " (" + strconv.Itoa(f.status) + "): " + f.message
}

// noAnswer says why there is no answer, and what to start when nothing listens. A server
// that cannot be reached is not tried again: its user is at hand to start it.
func noAnswer(ctx context.Context, op string, at place, err error) *sdk.Error {
	e := httpapi.NetworkError(ctx, op, at.Host, err)
	if e.Kind != sdk.KindNetwork {
		return e
	}
	var dial *net.OpError
	if errors.As(err, &dial) && dial.Op == "dial" {
		e.Retryable = false
	}
	switch refused := strings.Contains(httpapi.Root(err).Error(), "refused"); { // of Unix and Windows alike
	case !refused:
		e.Remedy = "check the address, which comes from " + at.source + ", and the network"
	case at.local() && strings.HasSuffix(at.Host, ":"+defaultPort):
		e.Remedy = "ollama serve"
	default:
		e.Remedy = "start the server, or correct its address, which comes from " + at.source
	}
	return e
}

func count(n int) string { return strconv.Itoa(n) }
