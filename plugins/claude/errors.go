package claude

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	opGenerate   = "generate"
	maxErrorBody = 64 << 10
)

// fault is a refusal by the vendor, or by something between us and it.
type fault struct {
	status    int // 0 for an error within a stream
	kind      string
	code      string
	message   string
	foreign   bool // no JSON: a proxy or another server answered
	requestID string
	header    http.Header
}

// wireAPIError is the error object in all forms that are met: the vendor's, and
// the plain string of some gateways.
type wireAPIError struct {
	Type    string `json:"type"`
	Message string `json:"message"`
	Details struct {
		ErrorCode string `json:"error_code"`
	} `json:"details"`
}

// UnmarshalJSON never fails for the sake of a shape: an error report that cannot
// be read would hide the error.
func (e *wireAPIError) UnmarshalJSON(data []byte) error {
	type fields wireAPIError
	if json.Unmarshal(data, (*fields)(e)) != nil {
		*e = wireAPIError{}
		if json.Unmarshal(data, &e.Message) != nil {
			e.Message = string(data)
		}
	}
	return nil
}

// readFault reads an error response. The body is quoted by a few words at most.
func readFault(response *http.Response) fault {
	body := httpapi.ErrorBody(response)
	f := fault{
		status: response.StatusCode, header: response.Header,
		requestID: response.Header.Get("Request-Id"),
	}
	var wire struct {
		Error     wireAPIError `json:"error"`
		Message   string       `json:"message"`
		RequestID string       `json:"request_id"`
	}
	if json.Unmarshal(body, &wire) != nil {
		f.foreign = len(strings.TrimSpace(string(body))) > 0
		f.message = httpapi.PageExcerpt(string(body))
		return f
	}
	f.kind, f.code = wire.Error.Type, wire.Error.Details.ErrorCode
	f.message = httpapi.Excerpt(firstOf(wire.Error.Message, wire.Message))
	f.requestID = firstOf(f.requestID, wire.RequestID)
	return f
}

// streamError makes the error of an error event, which comes after a status of
// 200.
func streamError(wire wireAPIError, requestID string) error {
	return fault{
		kind: wire.Type, code: wire.Details.ErrorCode, message: httpapi.Excerpt(wire.Message), requestID: requestID,
	}.error("")
}

// error applies the table. refused names what a 401 refused.
func (f fault) error(refused string) *sdk.Error {
	v := f.verdict()
	out := &sdk.Error{
		Kind: v.kind, Op: opGenerate, Message: v.message, Remedy: v.remedy, Retryable: v.retry,
		HTTPStatus: f.status, ProviderRequestID: f.requestID,
	}
	if f.header != nil {
		out.RetryAfter = httpapi.RetryAfter(f.header, time.Now())
		switch f.header.Get("X-Should-Retry") {
		case "true":
			out.Retryable = true
		case "false":
			out.Retryable = false
		}
	}
	if out.RetryAfter > longestWait && out.Remedy == "" {
		out.Remedy = fmt.Sprintf("wait %v, then ask again", out.RetryAfter.Round(time.Second))
	}
	if v.kind == sdk.KindUnauthenticated && refused != "" {
		out.Message = refused + " was refused"
	}
	if f.message != "" {
		out.Message += ": " + f.message
	}
	return out
}

// networkError says in a few words why there is no answer; a redirect is most often
// a wrong base URL.
func networkError(ctx context.Context, host string, err error) error {
	e := httpapi.NetworkError(ctx, opGenerate, host, err)
	if e.Kind == sdk.KindConfiguration {
		e.Remedy = baseURLRemedy
	}
	return e
}
