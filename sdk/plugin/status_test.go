package plugin

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"github.com/jcode-go/jcode/sdk"
	pb "github.com/jcode-go/jcode/sdk/proto/jcode/provider/v1"
)

func TestEveryKindCrosses(t *testing.T) {
	t.Parallel()
	for _, kind := range sdk.Kinds() {
		sent := &sdk.Error{
			Kind: kind, Op: "refresh token", Message: "it broke", Remedy: "jcode login",
			Retryable: true, RetryAfter: 1500 * time.Millisecond, HTTPStatus: 429, ProviderRequestID: "req_1",
		}
		got := errorFromStatus(t.Context(), "generate", errorToStatus(sent))
		if diff := cmp.Diff(sent, got, cmpopts.EquateErrors()); diff != "" {
			var e *sdk.Error
			if !errors.As(got, &e) {
				t.Fatalf("%v: %T", kind, got)
			}
			if diff = cmp.Diff(*sent, *e); diff != "" {
				t.Errorf("%v (-sent +arrived):\n%s", kind, diff)
			}
		}
	}
	if len(kindCodes) != len(sdk.Kinds()) || len(kindCodes) != len(pb.ErrorKind_name)-1 {
		t.Errorf("%d rows for %d kinds and %d names", len(kindCodes), len(sdk.Kinds()), len(pb.ErrorKind_name)-1)
	}
}

func TestCausesCross(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err    error
		cause  error
		kind   sdk.Kind
		text   string
		absent error
	}{
		"bare cancel":     {context.Canceled, context.Canceled, sdk.KindCancelled, "context canceled", io.EOF},
		"bare deadline":   {context.DeadlineExceeded, context.DeadlineExceeded, sdk.KindNetwork, "context deadline exceeded", io.EOF},
		"bare eof":        {io.ErrUnexpectedEOF, io.ErrUnexpectedEOF, sdk.KindInternal, "unexpected EOF", context.Canceled},
		"other":           {errors.New("boom"), nil, sdk.KindInternal, "boom", context.Canceled},
		"cause in error":  {&sdk.Error{Kind: sdk.KindNetwork, Op: "generate", Err: io.ErrUnexpectedEOF}, io.ErrUnexpectedEOF, sdk.KindNetwork, "generate: unexpected EOF", nil},
		"cause deeper":    {&sdk.Error{Kind: sdk.KindNetwork, Op: "generate", Message: "cut", Err: fmt.Errorf("read body: %w", io.ErrUnexpectedEOF)}, io.ErrUnexpectedEOF, sdk.KindNetwork, "generate: cut: read body: unexpected EOF", nil},
		"text of a cause": {&sdk.Error{Kind: sdk.KindOverloaded, Message: "busy", Err: errors.New("dial tcp")}, nil, sdk.KindOverloaded, "busy: dial tcp", nil},
		"wrapped error":   {fmt.Errorf("outer: %w", &sdk.Error{Kind: sdk.KindBilling, Op: "generate", Message: "no credit"}), nil, sdk.KindBilling, "outer: generate: no credit", nil},
		"wrapped cause":   {fmt.Errorf("outer: %w", &sdk.Error{Kind: sdk.KindNetwork, Op: "generate", Err: io.ErrUnexpectedEOF}), io.ErrUnexpectedEOF, sdk.KindNetwork, "outer: generate: unexpected EOF", nil},
		"nothing to say":  {&sdk.Error{Kind: sdk.KindBilling}, nil, sdk.KindBilling, "billing", nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := errorFromStatus(t.Context(), "op", errorToStatus(test.err))
			if sdk.KindOf(got) != test.kind || got.Error() != test.text {
				t.Errorf("arrived as %v %q", sdk.KindOf(got), got)
			}
			if test.cause != nil && !errors.Is(got, test.cause) {
				t.Errorf("%#v is not %v", got, test.cause)
			}
			if test.absent != nil && errors.Is(got, test.absent) {
				t.Errorf("%#v is %v", got, test.absent)
			}
		})
	}
}

// TestDetailIsSmall holds the trailers under what other implementations allow.
func TestDetailIsSmall(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("ü\xff€", 5000)
	st, _ := status.FromError(errorToStatus(&sdk.Error{
		Op: long, Message: long, Remedy: long, ProviderRequestID: long, Err: errors.New(long),
	}))
	size := proto.Size(st.Proto())
	if size > 4<<10+maxSummary+256 {
		t.Errorf("status of %d bytes", size)
	}
	if detail := detailOf(st); detail == nil || proto.Size(detail) > 4<<10 {
		t.Errorf("detail of %d bytes", proto.Size(detail))
	}
}

func TestStatusWithoutDetail(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		err       error
		kind      sdk.Kind
		transport bool
	}{
		"plugin died":        {status.Error(codes.Unavailable, "error reading from server: EOF"), 0, true},
		"connection closed":  {status.Error(codes.Canceled, "grpc: the client connection is closing"), 0, true},
		"no status":          {io.ErrClosedPipe, 0, true},
		"shutting down":      {errStopping, 0, true},
		"foreign plugin 401": {status.Error(codes.Unauthenticated, "log in"), sdk.KindUnauthenticated, false},
		"foreign plugin 403": {status.Error(codes.PermissionDenied, "no"), sdk.KindPermissionDenied, false},
		"foreign plugin":     {status.Error(codes.FailedPrecondition, "no"), sdk.KindInteractionRequired, false},
		"unknown code":       {status.Error(codes.DataLoss, "no"), sdk.KindInternal, false},
		"too large":          {status.Error(codes.ResourceExhausted, "grpc: received message larger than max (9 vs. 8)"), sdk.KindInvalidRequest, false},
		"rate limit":         {status.Error(codes.ResourceExhausted, "slow down"), sdk.KindRateLimited, false},
		"no such call":       {status.Error(codes.Unimplemented, "unknown method"), sdk.KindInvalidRequest, false},
		"overloaded":         {errorToStatus(&sdk.Error{Kind: sdk.KindOverloaded}), sdk.KindOverloaded, false},
		"newer kind":         {withKind(99, codes.ResourceExhausted), sdk.KindRateLimited, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			err := errorFromStatus(t.Context(), "generate", test.err)
			var lost *TransportError
			if errors.As(err, &lost) != test.transport {
				t.Fatalf("%T: %v", err, err)
			}
			if !test.transport && sdk.KindOf(err) != test.kind {
				t.Errorf("kind %v: %v", sdk.KindOf(err), err)
			}
		})
	}
}

func withKind(kind pb.ErrorKind, code codes.Code) error {
	st, err := status.New(code, "new").WithDetails(&pb.ProviderError{Kind: kind})
	if err != nil {
		return err
	}
	return st.Err()
}

// TestCallersEndWins: whatever the other side says, a caller who gave up hears
// that it did.
func TestCallersEndWins(t *testing.T) {
	t.Parallel()
	over, cancel := context.WithCancel(t.Context())
	cancel()
	late, cancelLate := context.WithDeadline(t.Context(), time.Now().Add(-time.Second))
	defer cancelLate()
	for ctx, want := range map[context.Context]error{over: context.Canceled, late: context.DeadlineExceeded} {
		err := errorFromStatus(ctx, "generate", status.Error(codes.Unavailable, "EOF"))
		if sdk.KindOf(err) != sdk.KindCancelled || !errors.Is(err, want) {
			t.Errorf("%v: %v", sdk.KindOf(err), err)
		}
	}
}

// TestDocumentedCodes holds the table of the protocol's description in step.
func TestDocumentedCodes(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "plugin-protocol.md"))
	if errors.Is(err, os.ErrNotExist) {
		t.Skip("the module stands alone, without the documents")
	}
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(string(page), "\n")
	for i, row := range kindCodes {
		want := fmt.Sprintf("| `%s` | `%s` |", row.kind, codeName(t, row.code))
		line := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r, want) })
		if line < 0 {
			t.Errorf("no row %s", want)
		} else if first := slices.IndexFunc(rows, func(r string) bool { return strings.HasPrefix(r, "| `internal` |") }); line != first+i {
			t.Errorf("row %s is not the one after %d: the first with a code counts", want, i)
		}
	}
}

// codeName is the code as the wire calls it.
func codeName(t *testing.T, code codes.Code) string {
	t.Helper()
	for _, name := range []string{
		"INTERNAL", "UNAUTHENTICATED", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "UNAVAILABLE", "OUT_OF_RANGE",
		"INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION", "ABORTED", "CANCELLED",
	} {
		var c codes.Code
		if err := c.UnmarshalJSON([]byte(`"` + name + `"`)); err != nil {
			t.Fatal(err)
		}
		if c == code {
			return name
		}
	}
	return code.String()
}
