package claude

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"
	"unicode"

	"github.com/jcode-go/jcode/sdk"
)

const (
	opGenerate    = "generate"
	excerptLength = 200 // characters of a foreign text that an error may quote
	maxErrorBody  = 64 << 10
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
	body := errorBody(response)
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
		f.message = plainExcerpt(string(body))
		return f
	}
	f.kind, f.code = wire.Error.Type, wire.Error.Details.ErrorCode
	f.message = excerpt(firstOf(wire.Error.Message, wire.Message))
	f.requestID = firstOf(f.requestID, wire.RequestID)
	return f
}

// errorBody reads the beginning of an error response; what came of it is enough.
// Some proxies compress their pages although nobody asked them to.
func errorBody(response *http.Response) []byte {
	body, _ := io.ReadAll(io.LimitReader(response.Body, maxErrorBody))
	if response.Header.Get("Content-Encoding") != "gzip" {
		return body
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body
	}
	plain, _ := io.ReadAll(io.LimitReader(unpacked, maxErrorBody))
	return plain
}

// streamError makes the error of an error event, which comes after a status of
// 200.
func streamError(wire wireAPIError, requestID string) error {
	return fault{
		kind: wire.Type, code: wire.Details.ErrorCode, message: excerpt(wire.Message), requestID: requestID,
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
		out.RetryAfter = retryAfter(f.header, time.Now())
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

// excerpt is the beginning of a foreign text, in one line and without what would
// control a terminal.
func excerpt(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	if n := 0; len(text) > excerptLength {
		for i := range text {
			if n++; n > excerptLength {
				return text[:i] + "…"
			}
		}
	}
	return text
}

// plainExcerpt is the same of a page: its words without the markup.
func plainExcerpt(page string) string {
	var out strings.Builder
	depth := 0
	for _, r := range dropElements(page) {
		switch {
		case r == '<':
			depth++
		case r == '>' && depth > 0:
			depth--
			out.WriteByte(' ')
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return excerpt(out.String())
}

// dropElements removes the elements whose content is not for people.
func dropElements(page string) string {
	for _, name := range []string{"script", "style"} {
		for {
			from := strings.Index(page, "<"+name)
			if from < 0 {
				break
			}
			to := strings.Index(page[from:], "</"+name)
			if to < 0 {
				page = page[:from]
				break
			}
			page = page[:from] + page[from+to+len("</"+name):]
		}
	}
	return page
}

var errIdle = errors.New("the vendor sent nothing for too long")

// networkError says in a few words why there is no answer. Only the host is
// named, never the URL or the headers.
func networkError(ctx context.Context, host string, err error) error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, errIdle) {
			return &sdk.Error{
				Kind: sdk.KindNetwork, Op: opGenerate, Message: "no sign of life from " + host,
				Retryable: true, Err: context.DeadlineExceeded,
			}
		}
		return cancelled(cause)
	}
	var redirect *redirectError
	if errors.As(err, &redirect) {
		return redirect.error()
	}
	return &sdk.Error{
		Kind: sdk.KindNetwork, Op: opGenerate, Message: "no connection to " + host,
		Retryable: true, Err: root(err),
	}
}

// cancelled is the error of a call that was given up.
func cancelled(cause error) error {
	if !errors.Is(cause, context.DeadlineExceeded) {
		cause = context.Canceled
	}
	return &sdk.Error{Kind: sdk.KindCancelled, Op: opGenerate, Err: cause}
}

// cutStream is the error of a stream that ended before its terminal event.
func cutStream(ctx context.Context, host, requestID string, err error) error {
	if context.Cause(ctx) != nil {
		return networkError(ctx, host, err)
	}
	out := &sdk.Error{
		Kind: sdk.KindNetwork, Op: opGenerate, Message: "the answer was cut off",
		Retryable: true, ProviderRequestID: requestID, Err: io.ErrUnexpectedEOF,
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		out.Message += " (" + excerpt(root(err).Error()) + ")"
	}
	return out
}

// root is the innermost cause: "connection refused" without the five layers
// around it, of which some repeat the URL.
func root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
