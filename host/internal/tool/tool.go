// Package tool holds the tools that the model may call: bash, read, write,
// edit, glob, grep, todoread and todowrite. It runs one call at a time and
// knows nothing of turns, providers or sessions; package agent decides what
// runs when.
package tool

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Tool is one thing that the model may do. Run never fails: whatever goes wrong
// is a Result that the model can read. Tools are safe for concurrent use.
type Tool interface {
	// Spec is what the model is told; it is the same for the whole session.
	Spec() sdk.ToolSpec
	// ReadOnly reports whether this call only looks at things, so that it may
	// run beside other such calls.
	ReadOnly(input json.RawMessage) bool
	// Run does the call. When ctx is cancelled it ends soon, with a Result of
	// code CodeCancelled.
	Run(ctx context.Context, call Call) Result
}

// Call is one tool call of the model.
type Call struct {
	// ID is the tool call's id, unique within the session.
	ID    string
	Name  string
	Input json.RawMessage
	// Progress is called while the tool runs, at most four times a second,
	// from one goroutine at a time. It may be nil.
	Progress func(Progress)
}

// Progress tells how far a running call is.
type Progress struct {
	// Bytes of output so far, and its last line, cleaned for a terminal.
	Bytes    int64
	LastLine string
	Elapsed  time.Duration
}

// Code says why a call failed, or how it ended; stable, for machines.
type Code string

// The codes. The zero value is success.
const (
	CodeInvalidInput Code = "invalid_input"
	CodeUnknownTool  Code = "unknown_tool"
	CodeNotFound     Code = "not_found"
	CodeNotUnique    Code = "not_unique"
	CodeNoChange     Code = "no_change"
	CodeNotRead      Code = "not_read"
	CodeStale        Code = "stale"
	CodeBinary       Code = "binary"
	CodeTooLarge     Code = "too_large"
	CodeDenied       Code = "denied"
	CodeTimeout      Code = "timeout"
	CodeCancelled    Code = "cancelled"
	CodeIO           Code = "io"
	CodeLimit        Code = "limit"
	CodeFailed       Code = "failed"
)

// Result is what a call gives back to the model and to the user.
type Result struct {
	// Content is what the model reads: text, and images where it asked for one.
	Content []sdk.Block
	// IsError marks a failed call. A command that exits with a status other
	// than 0 is not one.
	IsError bool
	Code    Code
	// Reason is one line about a failure, for the user.
	Reason string

	Duration time.Duration
	// Truncated says that Content is not everything; FullOutputPath then
	// names the file that holds the rest, and OutputBytes how much there was.
	Truncated      bool
	FullOutputPath string
	OutputBytes    int64
	// ExitCode is set for a command that ended by itself.
	ExitCode *int
	// JobID and PID are set for a command that goes on in the background.
	JobID string
	PID   int
	// Diff is a unified diff of what was changed, uncut.
	Diff string
	// FilesChanged are absolute paths.
	FilesChanged []string
}

// Text is the text of the result's content, joined.
func (r Result) Text() string {
	var text string
	for _, block := range r.Content {
		if t, ok := block.(sdk.Text); ok {
			text += t.Text
		}
	}
	return text
}

// Operation is what a tool wants to do to something.
type Operation string

// The operations.
const (
	OperationRead    Operation = "read"
	OperationWrite   Operation = "write"
	OperationExecute Operation = "execute"
)

// Access is one thing that a call wants to do. An Authorizer decides on it.
type Access struct {
	// Tool is the tool's name.
	Tool      string
	Operation Operation
	// Path is absolute, with symbolic links resolved as far as it exists; for
	// reading and writing.
	Path string
	// Command is the shell text and Dir where it runs; for executing.
	Command, Dir string
}

// Authorizer says whether a call may do something. It is safe for concurrent
// use. A refusal is a *DeniedError.
type Authorizer interface {
	Authorize(ctx context.Context, access Access) error
}

// DeniedError is a refusal. Its text is for the model and for the user.
type DeniedError struct {
	Access Access
	// Reason says which rule refused, and what would be allowed instead.
	Reason string
	// Final says that nobody may allow it all the same. Otherwise Rules, if there
	// are any, are what would allow it and its like.
	Final bool
	Rules []string
}

// Error is the reason.
func (e *DeniedError) Error() string { return "denied: " + e.Reason }

// Todo is one entry of the task list that todowrite keeps.
type Todo struct {
	ID       string `json:"id"`
	Content  string `json:"content"`
	Status   string `json:"status"`
	Priority string `json:"priority"`
	// ActiveForm is how the entry reads while it is worked on; may be empty.
	ActiveForm string `json:"activeForm,omitempty"`
}

// TodoStore keeps the task list of one session. It is safe for concurrent use.
type TodoStore interface {
	Todos() []Todo
	SetTodos(todos []Todo) error
}
