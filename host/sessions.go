package host

import (
	"context"
	"io"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// SessionFilter says which sessions to list.
type SessionFilter struct {
	// AllProjects lists those of every folder, not only of WorkingDir's
	// project.
	AllProjects bool
	// Limit is the most sessions to return, newest first; 0 is all.
	Limit int
}

// SessionSummary is one row of a list of sessions.
type SessionSummary struct {
	ID      string
	Project string
	// WorkingDir is where the session was begun.
	WorkingDir string
	// Path is the file, Bytes its size.
	Path     string
	Bytes    int64
	Created  time.Time
	Updated  time.Time
	Provider string
	Model    string
	// Title is the first line of the first prompt.
	Title string
	// Turns is the number of the last turn; 0 is unknown.
	Turns int
	// Problem says why the session cannot be read; empty when it can.
	Problem string
}

// Session is one whole session.
type Session struct {
	SessionSummary
	Messages []sdk.Message
	Todos    []Todo
	Usage    sdk.Usage
	// ForkedFrom is the session that this one was copied from; may be empty.
	ForkedFrom string
}

// ExportFormat is a form that a session can be exported in.
type ExportFormat string

// The export formats.
const (
	ExportMarkdown ExportFormat = "md"
	ExportJSON     ExportFormat = "json"
)

// Sessions lists sessions, newest first. It reads the ends of the files only.
func (h *Host) Sessions(ctx context.Context, filter SessionFilter) ([]SessionSummary, error) {
	return h.listSessions(ctx, filter)
}

// Session reads one session, by id or unique prefix; an empty ref is the newest
// of this project.
func (h *Host) Session(ctx context.Context, ref string) (*Session, error) {
	return h.readSession(ctx, ref)
}

// ExportSession writes one session to w.
func (h *Host) ExportSession(ctx context.Context, w io.Writer, ref string, format ExportFormat) error {
	return h.exportSession(ctx, w, ref, format)
}

// DeleteSession removes one session with its spooled files, and returns its id.
// One that another process writes is refused.
func (h *Host) DeleteSession(ctx context.Context, ref string) (string, error) {
	return h.deleteSession(ctx, ref)
}
