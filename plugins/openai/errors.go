package openai

import (
	"encoding/base64"
	"encoding/json"
	"mime"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// fault is a refusal by the vendor, or by something between us and it.
type fault struct {
	status    int // 0 for an error within a stream
	code      string
	kind      string
	param     string
	message   string
	plan      string
	resetsAt  time.Time
	foreign   bool // a page: a proxy or a filter answered
	requestID string
	header    http.Header
}

// wireError is the error object. Numbers may be in quotes.
type wireError struct {
	Type     credfile.Text `json:"type"`
	Code     credfile.Text `json:"code"`
	Param    credfile.Text `json:"param"`
	Message  credfile.Text `json:"message"`
	Detail   credfile.Text `json:"detail"`
	Plan     credfile.Text `json:"plan_type"`
	ResetsAt number        `json:"resets_at"`
	ResetsIn number        `json:"resets_in_seconds"`
}

// readFault reads an error response in all forms that are met. The body is quoted by
// a few words at most.
func readFault(response *http.Response, now time.Time) fault {
	f := fault{status: response.StatusCode, header: response.Header, requestID: requestID(response.Header)}
	body := httpapi.ErrorBody(response)
	if text := strings.TrimSpace(string(body)); isPage(response.Header) || !json.Valid(body) {
		f.foreign = text != "" && (strings.HasPrefix(text, "<") || isPage(response.Header))
		f.message = httpapi.PageExcerpt(text)
		f.readHeader()
		return f
	}
	var wire struct {
		Error   json.RawMessage `json:"error"`
		Detail  json.RawMessage `json:"detail"`
		Code    credfile.Text   `json:"code"`
		Message credfile.Text   `json:"message"`
	}
	_ = json.Unmarshal(body, &wire) // an array or a text has none of these
	f.readDetail(wire.Detail)
	f.readErrorAt(wire.Error, now)
	f.code, f.message = firstOf(f.code, string(wire.Code)), firstOf(f.message, string(wire.Message))
	f.readHeader()
	f.message = httpapi.Excerpt(f.message)
	return f
}

// readError reads the error object, or the plain text that stands in its place.
func (f *fault) readError(raw json.RawMessage) { f.readErrorAt(raw, time.Now()) }

func (f *fault) readErrorAt(raw json.RawMessage, now time.Time) {
	var e wireError
	if len(raw) == 0 || json.Unmarshal(raw, &e) != nil {
		var text string
		if json.Unmarshal(raw, &text) == nil {
			f.message = httpapi.Excerpt(firstOf(f.message, text))
		}
		return
	}
	f.code, f.kind, f.param = string(e.Code), string(e.Type), string(e.Param)
	f.message = httpapi.Excerpt(firstOf(string(e.Message), string(e.Detail), f.message))
	f.plan = httpapi.Excerpt(planOf(string(e.Plan)))
	if e.ResetsAt.set && e.ResetsAt.value > 0 && e.ResetsAt.value < 1e11 {
		f.resetsAt = time.Unix(int64(e.ResetsAt.value), 0)
	}
	if e.ResetsIn.set && !f.resetsAt.After(now) {
		f.resetsAt = now.Add(httpapi.Seconds(e.ResetsIn.value))
	}
}

// readDetail reads the other object: a text, an object with a code, or a list of
// what is wrong with the fields.
func (f *fault) readDetail(raw json.RawMessage) {
	var text string
	var object wireError
	var list []struct {
		Message  credfile.Text     `json:"msg"`
		Location []json.RawMessage `json:"loc"`
	}
	switch {
	case len(raw) == 0:
	case json.Unmarshal(raw, &text) == nil:
		f.message = text
	case json.Unmarshal(raw, &list) == nil:
		for _, entry := range list {
			where := make([]string, 0, len(entry.Location))
			for _, part := range entry.Location {
				where = append(where, strings.Trim(string(part), `"`))
			}
			f.message = strings.TrimPrefix(f.message+"; "+strings.Join(where, ".")+": "+string(entry.Message), "; ")
		}
	case json.Unmarshal(raw, &object) == nil:
		f.code, f.kind, f.message = string(object.Code), string(object.Type), string(object.Message)
	}
}

// readHeader reads the error that the backend repeats in a header, where the body
// said none.
func (f *fault) readHeader() {
	text, err := base64.StdEncoding.DecodeString(f.header.Get("X-Error-Json"))
	if err != nil || len(text) == 0 || f.code != "" {
		return
	}
	var wire struct {
		Error wireError `json:"error"`
	}
	if json.Unmarshal(text, &wire) == nil {
		f.code = string(wire.Error.Code)
		f.message = firstOf(f.message, string(wire.Error.Message))
	}
}

func isPage(header http.Header) bool {
	media, _, _ := mime.ParseMediaType(header.Get("Content-Type"))
	return media == "text/html" || header.Get("Cf-Mitigated") != ""
}

// requestID is the vendor's id of a request, for support.
func requestID(header http.Header) string {
	return httpapi.Excerpt(firstOf(header.Get("X-Request-Id"), header.Get("X-Oai-Request-Id"), header.Get("Cf-Ray")))
}

// error applies the table. refused is what a 401 refused.
func (f fault) error(refused string, now time.Time) *sdk.Error {
	v := f.verdict()
	out := &sdk.Error{
		Kind: v.kind, Op: opGenerate, Message: v.message, Remedy: v.remedy, Retryable: v.retry,
		HTTPStatus: f.status, ProviderRequestID: f.requestID,
	}
	if f.header != nil {
		out.RetryAfter = httpapi.RetryAfter(f.header, now)
	}
	if out.RetryAfter == 0 && v.retry {
		out.RetryAfter = statedWait(f.message)
	}
	if v.kind == sdk.KindUnauthenticated && refused != "" {
		out.Message = refused + " was refused"
	}
	if v.retry && out.RetryAfter > backoff.Longest {
		out.Remedy = "wait " + out.RetryAfter.Round(time.Second).String() + ", as long as the vendor asks for"
	}
	if f.code == codeUsageLimit || f.kind == codeUsageLimit {
		f.tellLimit(out, now)
		return out
	}
	if f.message != "" {
		out.Message += ": " + f.message
	}
	return out
}

// tellLimit says whose limit is reached and until when, in the user's own time.
func (f fault) tellLimit(out *sdk.Error, now time.Time) {
	if f.plan != "" {
		out.Message += " (" + f.plan + ")"
	}
	if f.resetsAt.IsZero() || !f.resetsAt.After(now) {
		return
	}
	local := f.resetsAt.Local()
	layout := "15:04"
	if local.Format(time.DateOnly) != now.Local().Format(time.DateOnly) {
		layout = "Mon 2 Jan 15:04"
	}
	wait := f.resetsAt.Sub(now)
	out.Message += "; it resets at " + local.Format(layout) + ", in " + wait.Round(time.Minute).String()
	out.RetryAfter = wait
	out.Remedy = "wait until " + local.Format(layout) + ", or use another provider: jcode run --provider NAME"
}

var waitText = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?i)try again in ([0-9.]+) ?(ms|s|m)\b`)
})

// statedWait reads "Please try again in 1.5s" out of a message.
func statedWait(message string) time.Duration {
	m := waitText().FindStringSubmatch(message)
	if m == nil {
		return 0
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0
	}
	unit := map[string]float64{"ms": 0.001, "s": 1, "m": 60}[strings.ToLower(m[2])]
	return httpapi.Seconds(n * unit)
}

// streamError is the error of an event, which comes after a status of 200.
func (f fault) streamError() error { return f.error("", time.Now()) }
