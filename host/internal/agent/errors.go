package agent

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// ErrTimeout is the cause that ends the context of a run whose time is over.
var ErrTimeout = errors.New("the time for this run is over")

// UsageError says that the command line asks for what cannot be.
type UsageError struct {
	Message string
	// Remedy is the next command or step; may be empty.
	Remedy string
	Err    error
}

// Error is one line for the user.
func (e *UsageError) Error() string { return joinCause(e.Message, e.Err) }

// Unwrap returns the cause; may be nil.
func (e *UsageError) Unwrap() error { return e.Err }

// Hint is the next command or step; may be empty.
func (e *UsageError) Hint() string { return e.Remedy }

// LimitError says that a limit ended the run before the model was done.
type LimitError struct {
	// Limit is LimitTurns, LimitTokens, LimitCost or LimitLoop; "max_tokens" when one
	// answer was cut off.
	Limit string
	// Message says which limit, with its figure.
	Message string
	Remedy  string
}

// Error is one line for the user.
func (e *LimitError) Error() string { return e.Message }

// Hint is the next command or step; may be empty.
func (e *LimitError) Hint() string { return e.Remedy }

// TimeoutError says that the run took longer than it may.
type TimeoutError struct {
	After time.Duration
	// Remedy is the next command; may be empty.
	Remedy string
}

// Hint is the next command; may be empty.
func (e *TimeoutError) Hint() string { return e.Remedy }

// Error is one line for the user.
func (e *TimeoutError) Error() string { return fmt.Sprintf("timeout after %s", e.After) }

// Unwrap returns [ErrTimeout].
func (e *TimeoutError) Unwrap() error { return ErrTimeout }

// DeniedError says that tool calls were denied and the user wanted to know.
type DeniedError struct {
	Denials []PermissionDenied
	// Stopped says that the run ended at the first denial.
	Stopped bool
}

// Error is one line for the user.
func (e *DeniedError) Error() string {
	var reasons []string
	for _, denial := range e.Denials {
		reasons = append(reasons, denial.Tool+": "+denial.Reason)
	}
	noun := "tool calls were"
	if len(e.Denials) == 1 {
		noun = "tool call was"
	}
	return fmt.Sprintf("%d %s denied: %s", len(e.Denials), noun, strings.Join(reasons, "; "))
}

// RefusalError says that the model refused to answer. The refused turn is not
// part of the session.
type RefusalError struct {
	// Detail is the vendor's explanation; may be empty.
	Detail string
}

// Error is one line for the user.
func (e *RefusalError) Error() string {
	if e.Detail == "" {
		return "the model refused to answer"
	}
	return "the model refused to answer: " + e.Detail
}

func joinCause(message string, err error) string {
	switch {
	case err == nil:
		return message
	case message == "":
		return err.Error()
	}
	return message + ": " + err.Error()
}
