package httpapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"

	"github.com/jcode-go/jcode/sdk"
)

const maxErrorBody = 64 << 10

// ErrorBody reads the beginning of an error response; what came of it is enough.
// Some proxies compress their pages although nobody asked them to.
func ErrorBody(response *http.Response) []byte {
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

// NetworkError says in a few words why there is no answer. Only the host is
// named, never the URL or the headers.
func NetworkError(ctx context.Context, op, host string, err error) *sdk.Error {
	if cause := context.Cause(ctx); cause != nil {
		if errors.Is(cause, ErrIdle) {
			return &sdk.Error{
				Kind: sdk.KindNetwork, Op: op, Message: "no sign of life from " + host,
				Retryable: true, Err: context.DeadlineExceeded,
			}
		}
		return Cancelled(op, cause)
	}
	var redirect *RedirectError
	if errors.As(err, &redirect) {
		return &sdk.Error{
			Kind: sdk.KindConfiguration, Op: op, Message: redirect.Error() + "; the credentials are not sent there",
		}
	}
	return &sdk.Error{
		Kind: sdk.KindNetwork, Op: op, Message: "no connection to " + host, Retryable: true, Err: Root(err),
	}
}

// Cancelled is the error of a call that was given up.
func Cancelled(op string, cause error) *sdk.Error {
	if !errors.Is(cause, context.DeadlineExceeded) {
		cause = context.Canceled
	}
	return &sdk.Error{Kind: sdk.KindCancelled, Op: op, Err: cause}
}

// CutStream is the error of a stream that ended before its terminal event.
func CutStream(ctx context.Context, op, host, requestID string, err error) *sdk.Error {
	if context.Cause(ctx) != nil {
		return NetworkError(ctx, op, host, err)
	}
	out := &sdk.Error{
		Kind: sdk.KindNetwork, Op: op, Message: "the answer was cut off",
		Retryable: true, ProviderRequestID: requestID, Err: io.ErrUnexpectedEOF,
	}
	if !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		out.Message += " (" + Excerpt(Root(err).Error()) + ")"
	}
	return out
}

// Root is the innermost cause: "connection refused" without the five layers
// around it, of which some repeat the URL.
func Root(err error) error {
	for {
		inner := errors.Unwrap(err)
		if inner == nil {
			return err
		}
		err = inner
	}
}
