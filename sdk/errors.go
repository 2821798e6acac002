package sdk

import (
	"context"
	"errors"
	"strings"
	"time"
)

// Kind says what sort of failure an [Error] is. The host decides by it alone.
// New kinds are only appended.
type Kind int

// The kinds of error. Kept in step with ErrorKind of provider.proto.
const (
	// KindInternal is a defect, or anything that fits no other kind.
	KindInternal Kind = iota
	// KindUnauthenticated: no credentials, or expired or refused ones.
	KindUnauthenticated
	// KindPermissionDenied: known, but not allowed to do this.
	KindPermissionDenied
	// KindBilling: no credit, or a spending limit.
	KindBilling
	// KindRateLimited: too many requests, or a usage limit of the plan.
	KindRateLimited
	// KindOverloaded: the vendor cannot serve anybody just now.
	KindOverloaded
	// KindNetwork: no answer, a cut stream, a proxy's page.
	KindNetwork
	// KindContextTooLong: the conversation exceeds the model's context.
	KindContextTooLong
	// KindInvalidRequest: the vendor refuses the request as it is.
	KindInvalidRequest
	// KindModelNotFound: there is no such model for this account.
	KindModelNotFound
	// KindCLIMissing: the vendor's program is not installed.
	KindCLIMissing
	// KindCLIOutdated: the vendor's program is too old.
	KindCLIOutdated
	// KindInteractionRequired: a person must do something first.
	KindInteractionRequired
	// KindPolicyRefused: the vendor's policy forbids it.
	KindPolicyRefused
	// KindCancelled: the caller gave up.
	KindCancelled
	// KindConfiguration: a setting or variable is wrong; nothing was sent.
	KindConfiguration
)

var kindNames = [...]string{
	KindInternal:            "internal",
	KindUnauthenticated:     "unauthenticated",
	KindPermissionDenied:    "permission_denied",
	KindBilling:             "billing",
	KindRateLimited:         "rate_limited",
	KindOverloaded:          "overloaded",
	KindNetwork:             "network",
	KindContextTooLong:      "context_too_long",
	KindInvalidRequest:      "invalid_request",
	KindModelNotFound:       "model_not_found",
	KindCLIMissing:          "cli_missing",
	KindCLIOutdated:         "cli_outdated",
	KindInteractionRequired: "interaction_required",
	KindPolicyRefused:       "policy_refused",
	KindCancelled:           "cancelled",
	KindConfiguration:       "configuration",
}

// Kinds returns all kinds, in order.
func Kinds() []Kind {
	kinds := make([]Kind, len(kindNames))
	for i := range kinds {
		kinds[i] = Kind(i)
	}
	return kinds
}

// String is the kind's stable name, as in machine-readable output.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return kindNames[KindInternal]
	}
	return kindNames[k]
}

// Error is a failure of a provider, with all that the host needs to tell the
// user and to decide. It crosses the process boundary whole, except Err, of
// which only context.Canceled, context.DeadlineExceeded and
// io.ErrUnexpectedEOF are recognised on the other side.
//
// Message never holds a secret, a request body or headers.
type Error struct {
	// Kind decides what happens.
	Kind Kind
	// Op is what was being done: "generate", "refresh token". May be empty.
	Op string
	// Message is one line for people, lower case, without full stop.
	Message string
	// Remedy is the next command to run, or the next step; may be empty.
	Remedy string
	// Retryable says that the same request may succeed later.
	Retryable bool
	// RetryAfter is the wait that the vendor asked for; 0 is unknown.
	RetryAfter time.Duration
	// HTTPStatus is the vendor's status; 0 when there was none.
	HTTPStatus int
	// ProviderRequestID is the vendor's id of the request, for support.
	ProviderRequestID string
	// Err is the cause; may be nil.
	Err error
}

// Error joins operation, message and cause: "generate: overloaded: …".
func (e *Error) Error() string {
	parts := make([]string, 0, 3)
	for _, part := range []string{e.Op, e.Message} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if e.Err != nil {
		parts = append(parts, e.Err.Error())
	}
	if len(parts) == 0 {
		return e.Kind.String()
	}
	return strings.Join(parts, ": ")
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns err's kind: that of the [*Error] in its chain,
// [KindCancelled] for a cancelled context, else [KindInternal].
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	if errors.Is(err, context.Canceled) {
		return KindCancelled
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return KindNetwork
	}
	return KindInternal
}

// AsError returns the [*Error] in err's chain, or wraps err in one. It returns
// nil for nil.
func AsError(err error) *Error {
	if err == nil {
		return nil
	}
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Kind: KindOf(err), Err: err}
}
