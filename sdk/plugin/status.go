package plugin

import (
	"context"
	"errors"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

// kindCodes is the one table of error kinds: how each is called on the wire and
// which gRPC code goes with it. A code that stands in several rows means the
// first of them to a reader that finds no detail, or an unknown kind in it.
var kindCodes = []struct {
	kind sdk.Kind
	wire pb.ErrorKind
	code codes.Code
}{
	{sdk.KindInternal, pb.ErrorKind_ERROR_KIND_INTERNAL, codes.Internal},
	{sdk.KindUnauthenticated, pb.ErrorKind_ERROR_KIND_UNAUTHENTICATED, codes.Unauthenticated},
	{sdk.KindPermissionDenied, pb.ErrorKind_ERROR_KIND_PERMISSION_DENIED, codes.PermissionDenied},
	{sdk.KindBilling, pb.ErrorKind_ERROR_KIND_BILLING, codes.PermissionDenied},
	{sdk.KindRateLimited, pb.ErrorKind_ERROR_KIND_RATE_LIMITED, codes.ResourceExhausted},
	{sdk.KindOverloaded, pb.ErrorKind_ERROR_KIND_OVERLOADED, codes.Unavailable},
	{sdk.KindNetwork, pb.ErrorKind_ERROR_KIND_NETWORK, codes.Unavailable},
	{sdk.KindContextTooLong, pb.ErrorKind_ERROR_KIND_CONTEXT_TOO_LONG, codes.OutOfRange},
	{sdk.KindInvalidRequest, pb.ErrorKind_ERROR_KIND_INVALID_REQUEST, codes.InvalidArgument},
	{sdk.KindModelNotFound, pb.ErrorKind_ERROR_KIND_MODEL_NOT_FOUND, codes.NotFound},
	{sdk.KindInteractionRequired, pb.ErrorKind_ERROR_KIND_INTERACTION_REQUIRED, codes.FailedPrecondition},
	{sdk.KindCLIMissing, pb.ErrorKind_ERROR_KIND_CLI_MISSING, codes.FailedPrecondition},
	{sdk.KindCLIOutdated, pb.ErrorKind_ERROR_KIND_CLI_OUTDATED, codes.FailedPrecondition},
	{sdk.KindConfiguration, pb.ErrorKind_ERROR_KIND_CONFIGURATION, codes.FailedPrecondition},
	{sdk.KindPolicyRefused, pb.ErrorKind_ERROR_KIND_POLICY_REFUSED, codes.Aborted},
	{sdk.KindCancelled, pb.ErrorKind_ERROR_KIND_CANCELLED, codes.Canceled},
}

// causes are the causes that cross, by their name on the wire.
var causes = []struct {
	name string
	err  error
}{
	{"canceled", context.Canceled},
	{"deadline_exceeded", context.DeadlineExceeded},
	{"unexpected_eof", io.ErrUnexpectedEOF},
}

// Limits of the texts of an error, in bytes. The detail travels in the HTTP/2
// trailers, where other implementations of gRPC allow 8 KiB in all.
const (
	maxMessage   = 2048
	maxRemedy    = 1024
	maxOp        = 128
	maxRequestID = 256
	maxSummary   = 512
)

// errorToStatus turns a provider's error into a gRPC status with a
// ProviderError detail. It returns nil for nil.
func errorToStatus(err error) error {
	if err == nil {
		return nil
	}
	detail := errorToProto(err)
	summary := cut(detail.GetMessage(), maxSummary)
	st, detailErr := status.New(codeOf(detail.GetKind()), summary).WithDetails(detail)
	if detailErr != nil { // cannot happen: the code is never OK
		return status.Error(codes.Internal, summary)
	}
	return st.Err()
}

func codeOf(kind pb.ErrorKind) codes.Code {
	for _, row := range kindCodes {
		if row.wire == kind {
			return row.code
		}
	}
	return codes.Internal
}

func errorToProto(err error) *pb.ProviderError {
	e := flatten(err)
	name, rest := cause(e.Err)
	message := join(e.Message, rest)
	detail := &pb.ProviderError{
		Kind: pb.ErrorKind_ERROR_KIND_INTERNAL, Op: cut(e.Op, maxOp), Message: cut(message, maxMessage),
		Remedy: cut(e.Remedy, maxRemedy), Retryable: e.Retryable, RetryAfter: durationToProto(e.RetryAfter),
		HttpStatus: int64(e.HTTPStatus), ProviderRequestId: cut(e.ProviderRequestID, maxRequestID),
		Cause: name,
	}
	for _, row := range kindCodes {
		if row.kind == e.Kind {
			detail.Kind = row.wire
		}
	}
	return detail
}

// flatten returns the sdk.Error in err's chain. Where others wrap it, what they
// say goes into its message, since only one error crosses.
func flatten(err error) sdk.Error {
	e := *sdk.AsError(err)
	if direct, ok := err.(*sdk.Error); ok && direct != nil { //nolint:errorlint // asks for the outermost error
		return e
	}
	if text := err.Error(); text != e.Error() {
		e.Op, e.Message = "", strings.TrimSuffix(text, causeSuffix(e.Err))
	}
	return e
}

func causeSuffix(err error) string {
	if err == nil {
		return ""
	}
	return ": " + err.Error()
}

// cause splits err into the name of the cause that crosses and the rest of its
// text.
func cause(err error) (name, rest string) {
	if err == nil {
		return "", ""
	}
	for _, row := range causes {
		if !errors.Is(err, row.err) {
			continue
		}
		text := err.Error()
		if text == row.err.Error() {
			return row.name, ""
		}
		return row.name, strings.TrimSuffix(text, ": "+row.err.Error())
	}
	return "", err.Error()
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + ": " + b
}

// cut shortens text to at most limit bytes of whole characters.
func cut(text string, limit int) string {
	text = clean(text)
	if len(text) <= limit {
		return text
	}
	const more = "…"
	end := limit - len(more)
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end] + more
}

// errorFromStatus turns what gRPC returned into the error that the caller of a
// provider expects: an [*sdk.Error], or a [*TransportError] when the connection
// failed. ctx is the caller's own: once it is done, that is the reason.
func errorFromStatus(ctx context.Context, op string, err error) error {
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		return cancelled(ctx, op)
	}
	st, isStatus := status.FromError(err)
	if detail := detailOf(st); detail != nil {
		return errorFromProto(detail, st.Code())
	}
	if (st.Code() == codes.Canceled || st.Code() == codes.DeadlineExceeded) && nearlyOver(ctx) {
		return &sdk.Error{Kind: sdk.KindCancelled, Op: op, Err: context.DeadlineExceeded}
	}
	if !isStatus || isTransport(st) {
		return &TransportError{Op: op, Err: err}
	}
	return errorFromCode(op, st)
}

// deadlineSlack is how far the plugin's clock of a deadline may be ahead of ours:
// then it resets the stream before we see that the time is over.
const deadlineSlack = 50 * time.Millisecond

func nearlyOver(ctx context.Context) bool {
	deadline, ok := ctx.Deadline()
	return ok && time.Until(deadline) < deadlineSlack
}

// cancelled is the error of a call whose caller gave up, or whose caller's time
// was over.
func cancelled(ctx context.Context, op string) error {
	return &sdk.Error{Kind: sdk.KindCancelled, Op: op, Err: ctx.Err()}
}

func detailOf(st *status.Status) *pb.ProviderError {
	for _, detail := range st.Details() {
		if e, ok := detail.(*pb.ProviderError); ok {
			return e
		}
	}
	return nil
}

func errorFromProto(d *pb.ProviderError, code codes.Code) *sdk.Error {
	e := &sdk.Error{
		Kind: kindFromCode(code), Op: d.GetOp(), Message: d.GetMessage(), Remedy: d.GetRemedy(),
		Retryable: d.GetRetryable(), RetryAfter: durationFromProto(d.GetRetryAfter()),
		HTTPStatus: int(d.GetHttpStatus()), ProviderRequestID: d.GetProviderRequestId(),
	}
	for _, row := range kindCodes {
		if row.wire == d.GetKind() {
			e.Kind = row.kind
		}
	}
	for _, row := range causes {
		if row.name == d.GetCause() {
			e.Err = row.err
		}
	}
	return e
}

// kindFromCode serves an error without a detail, from a plugin in another
// language, or with a kind newer than this host.
func kindFromCode(code codes.Code) sdk.Kind {
	for _, row := range kindCodes {
		if row.code == code {
			return row.kind
		}
	}
	return sdk.KindInternal
}

func errorFromCode(op string, st *status.Status) *sdk.Error {
	if st.Code() == codes.Unimplemented {
		return &sdk.Error{
			Kind: sdk.KindInvalidRequest, Op: op, Message: "this plugin cannot do that: " + st.Message(),
			Remedy: "upgrade the plugin",
		}
	}
	if st.Code() == codes.ResourceExhausted && strings.Contains(st.Message(), "larger than max") {
		return &sdk.Error{
			Kind: sdk.KindInvalidRequest, Op: op,
			Message: "the conversation is larger than a plugin takes in one message (256 MiB)",
		}
	}
	return &sdk.Error{Kind: kindFromCode(st.Code()), Op: op, Message: st.Message()}
}
