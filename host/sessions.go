package host

import (
	"context"
	"fmt"
	"io"
	"path/filepath"

	"github.com/jcode-go/jcode/host/internal/session"
)

// SessionFilter says which sessions to list.
type SessionFilter struct {
	// AllProjects lists those of every folder, not only of WorkingDir's
	// project.
	AllProjects bool
	// Limit is the most sessions to return, newest first; 0 is all.
	Limit int
}

type (
	// SessionSummary is one row of a list of sessions.
	SessionSummary = session.Summary
	// Session is one whole session.
	Session = session.Transcript
)

// ExportFormat is a form that a session can be exported in.
type ExportFormat string

// The export formats.
const (
	ExportMarkdown ExportFormat = "md"
	ExportJSON     ExportFormat = "json"
)

// Sessions lists sessions, newest first. It reads the ends of the files only.
func (h *Host) Sessions(_ context.Context, filter SessionFilter) ([]SessionSummary, error) {
	project := h.project()
	if filter.AllProjects {
		project = ""
	}
	return h.sessions().List(project, filter.Limit)
}

// Session reads one session, by id or unique prefix; an empty ref is the newest
// of this project.
func (h *Host) Session(_ context.Context, ref string) (*Session, error) {
	return h.sessions().Read(ref, h.project())
}

// ExportSession writes one session to w.
func (h *Host) ExportSession(ctx context.Context, w io.Writer, ref string, format ExportFormat) error {
	write := map[ExportFormat]func(*Session, io.Writer) error{
		ExportMarkdown: (*Session).WriteMarkdown, ExportJSON: (*Session).WriteJSON,
	}[format]
	if write == nil {
		return &UsageError{Message: fmt.Sprintf("export format %q: must be md or json", format)}
	}
	read, err := h.Session(ctx, ref)
	if err != nil {
		return err
	}
	if err := write(read, w); err != nil {
		return fmt.Errorf("export session %s: %w", read.ID, err)
	}
	return nil
}

// DeleteSession removes one session with its spooled files, and returns its id.
// One that another process writes is refused. An empty ref is refused too.
func (h *Host) DeleteSession(_ context.Context, ref string) (string, error) {
	if ref == "" {
		return "", &UsageError{Message: "name the session to delete", Remedy: "jcode sessions list"}
	}
	return h.sessions().Delete(ref, h.project())
}

func (h *Host) sessions() *session.Store {
	return session.NewStore(h.sessionsFolder())
}

func (h *Host) sessionsFolder() string { return filepath.Join(h.home, "sessions") }

func (h *Host) project() string { return session.Project(h.options.WorkingDir) }
