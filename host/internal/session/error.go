package session

import (
	"fmt"
	"strings"
)

// NotFoundError says that no session fits a reference, or more than one.
type NotFoundError struct {
	// Ref is what the user gave; empty when the latest one was wanted.
	Ref string
	// Candidates are the ids that fit, when there are several.
	Candidates []string
}

// Error is one line for the user.
func (e *NotFoundError) Error() string {
	switch {
	case e.Ref == "":
		return "no session of this project yet"
	case len(e.Candidates) == 0:
		return fmt.Sprintf("session %q: not found", e.Ref)
	}
	return fmt.Sprintf("session %q: fits several: %s", e.Ref, strings.Join(e.Candidates, ", "))
}

// Hint is the command that shows what there is.
func (e *NotFoundError) Hint() string { return "jcode sessions list" }

// LockedError says that another process writes the session.
type LockedError struct {
	ID string
	// PID is the other process; 0 is unknown.
	PID int
}

// Error is one line for the user.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("session %s: in use by %s", e.ID, who)
}

// Hint says how to work on a copy.
func (e *LockedError) Hint() string { return "jcode run -r " + e.ID + " --fork" }

// CorruptError says that a session's file is damaged in the middle.
type CorruptError struct {
	File string
	Line int
	Err  error
}

// Error names file and line.
func (e *CorruptError) Error() string {
	return fmt.Sprintf("%s:%d: damaged session: %v", e.File, e.Line, e.Err)
}

// Hint says what is left to do: nothing is thrown away by itself.
func (e *CorruptError) Hint() string {
	return fmt.Sprintf("mend or remove line %d of that file, or begin a new session", e.Line)
}

// Unwrap returns the cause.
func (e *CorruptError) Unwrap() error { return e.Err }
