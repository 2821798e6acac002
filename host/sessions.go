package host

import (
	"context"
	"path/filepath"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/host/internal/tool"
)

// SessionFilter says which sessions to list.
type SessionFilter struct {
	// AllProjects lists those of every folder, not only of WorkingDir's
	// project.
	AllProjects bool
	// Prefix is what the id or the name begins with.
	Prefix string
	// Limit is the most sessions to return, newest first; 0 is all.
	Limit int
}

type (
	// SessionSummary is one row of a list of sessions.
	SessionSummary = session.Summary
	// Session is one whole session.
	Session = session.Transcript
	// CompactedAt is a place where a session was compacted.
	CompactedAt = session.CompactedAt
)

// Sessions lists sessions, newest first. It reads the ends of the files only.
func (h *Host) Sessions(_ context.Context, filter SessionFilter) ([]SessionSummary, error) {
	return h.sessions().ListFrom(h.scope(filter.AllProjects), filter.Prefix, filter.Limit)
}

// SessionRef says which session is meant.
type SessionRef struct {
	// Ref is an id, a name or a unique prefix of an id; empty is the newest.
	Ref string
	// AllProjects looks for names, and for the newest, in every folder instead of
	// WorkingDir's project.
	AllProjects bool
}

// Session reads one session.
func (h *Host) Session(_ context.Context, ref SessionRef) (*Session, error) {
	return h.sessions().Read(ref.Ref, h.scope(ref.AllProjects))
}

// DescribeCall is one line about what a call of a tool did: the command, the path.
func DescribeCall(name string, input []byte) string {
	return tool.Describe(tool.Call{Name: name, Input: []byte(session.Readable(input))})
}

// SessionPath returns the id of a session and the file that it is kept in.
func (h *Host) SessionPath(ref SessionRef) (id, path string, err error) {
	return h.sessions().Path(ref.Ref, h.scope(ref.AllProjects))
}

// RenameSession gives a session a name, also while another process writes it, and
// returns its id. An empty name removes the one it has. The error for a name that
// cannot be used is a [SessionNameError].
func (h *Host) RenameSession(ref SessionRef, name string) (string, error) {
	return h.sessions().SetName(ref.Ref, h.scope(ref.AllProjects), name)
}

// DeleteSession removes one session with its spooled files, and returns its id.
// One that another process writes is refused. An empty ref is refused too.
func (h *Host) DeleteSession(_ context.Context, ref SessionRef) (string, error) {
	if ref.Ref == "" {
		return "", &UsageError{Message: "name the session to delete", Remedy: "jcode sessions list"}
	}
	return h.sessions().Delete(ref.Ref, h.scope(ref.AllProjects))
}

// scope is the project that references are about; empty is all.
func (h *Host) scope(allProjects bool) string {
	if allProjects {
		return ""
	}
	return h.project()
}

func (h *Host) sessions() *session.Store {
	return session.NewStore(h.sessionsFolder())
}

func (h *Host) sessionsFolder() string { return filepath.Join(h.home, "sessions") }

func (h *Host) project() string { return session.Project(h.options.WorkingDir) }
