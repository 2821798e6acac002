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
	// Elsewhere are sessions of other projects that have the name.
	Elsewhere []string
	// AllProjects says that all were looked through.
	AllProjects bool
}

// Error is one line for the user.
func (e *NotFoundError) Error() string {
	switch {
	case e.Ref == "" && e.AllProjects:
		return "no session yet"
	case e.Ref == "":
		return "no session of this project yet"
	case len(e.Candidates) > 0:
		return fmt.Sprintf("session %q: fits several: %s", e.Ref, some(e.Candidates))
	case len(e.Elsewhere) > 0:
		return fmt.Sprintf("session %q: not found in this project; elsewhere it is the name of %s", e.Ref, some(e.Elsewhere))
	}
	return fmt.Sprintf("session %q: not found", e.Ref)
}

// some is the first of many ids.
func some(ids []string) string {
	const most = 8
	if len(ids) <= most {
		return strings.Join(ids, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(ids[:most], ", "), len(ids)-most)
}

// Hint is the command that shows what there is.
func (e *NotFoundError) Hint() string {
	// Without a reference there is none in this project.
	if len(e.Elsewhere) > 0 || len(e.Candidates) > 0 || e.Ref == "" && !e.AllProjects {
		return "jcode sessions list --all-projects"
	}
	if e.Ref == "" {
		return "jcode run, which begins one"
	}
	return "jcode sessions list"
}

// LockedError says that another process writes the session.
type LockedError struct {
	ID string
	// PID is the other process; 0 is unknown.
	PID int
	// Deleting says that the session was to be deleted: no copy helps then.
	Deleting bool
}

// Error is one line for the user.
func (e *LockedError) Error() string {
	who := "another process"
	if e.PID > 0 {
		who = fmt.Sprintf("process %d", e.PID)
	}
	return fmt.Sprintf("session %s: in use by %s", e.ID, who)
}

// Hint says how to work on a copy, or to delete the session all the same.
func (e *LockedError) Hint() string {
	if e.Deleting {
		return "delete it when that run has ended"
	}
	return "jcode run -r " + e.ID + " --fork"
}

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
