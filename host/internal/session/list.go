package session

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/tool"
	"github.com/jcode-go/jcode/sdk"
)

// Summary is one row of a list of sessions.
type Summary struct {
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
	// ForkedFrom is the session that this one was copied from; may be empty.
	ForkedFrom string
	// Problem says why the session cannot be read; empty when it can.
	Problem string
}

// Transcript is one whole session, read only.
type Transcript struct {
	Summary
	Messages []sdk.Message
	Todos    []tool.Todo
	Usage    sdk.Usage
}

// List returns sessions, newest first, of one project or (empty) of all; limit 0
// is no limit. Only the ends of the files are read.
func (s *Store) List(project string, limit int) ([]Summary, error) {
	projects := []string{project}
	if project == "" {
		var err error
		if projects, err = s.projects(); err != nil {
			return nil, err
		}
	}
	var all []found
	for _, name := range projects {
		sessions, err := s.scan(name, func(string) bool { return true })
		if err != nil {
			return nil, err
		}
		all = append(all, sessions...)
	}
	slices.SortFunc(all, func(a, b found) int { return byUpdate(b, a) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	rows := make([]Summary, 0, len(all))
	for _, session := range all {
		rows = append(rows, s.summary(session))
	}
	return rows, nil
}

const endBytes = 16 << 10

// summary reads the head for the header and the tail for the last turn.
func (s *Store) summary(at found) Summary {
	path := filepath.Join(s.root, at.project, at.id+extension)
	row := Summary{ID: at.id, Project: at.project, Path: path, Bytes: at.bytes, Updated: at.updated}
	file, err := os.Open(path)
	if err != nil {
		row.Problem = err.Error()
		return row
	}
	defer func() { _ = file.Close() }()
	head := make([]byte, min(endBytes, at.bytes))
	n, err := file.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		row.Problem = err.Error()
		return row
	}
	line, _, whole := bytes.Cut(head[:n], []byte("\n"))
	e, _, err := decode(line)
	if !whole || err != nil || e.Header == nil {
		row.Problem = "the first line is no header"
		return row
	}
	row.fill(*e.Header)
	if turn := lastTurn(file, at.bytes); turn != nil {
		row.Turns = turn.Turn
		row.answeredBy(*turn)
	}
	return row
}

func (row *Summary) fill(header Header) {
	row.WorkingDir, row.Created = header.WorkingDir, header.Created
	row.Provider, row.Model = header.Provider, header.Model
	row.Title, row.ForkedFrom = header.Title, header.ForkedFrom
}

// answeredBy names what really answered, if it is known: the header has only what
// was asked for.
func (row *Summary) answeredBy(turn Turn) {
	if turn.Model != "" {
		row.Provider, row.Model = turn.Provider, turn.Model
	}
}

// lastTurn is the last call of the model in the end of the file; nil is unknown.
func lastTurn(file io.ReaderAt, size int64) *Turn {
	tail := make([]byte, min(endBytes, size))
	n, _ := file.ReadAt(tail, size-int64(len(tail)))
	lines := bytes.Split(tail[:n], []byte("\n"))
	for _, line := range slices.Backward(lines) {
		if !bytes.Contains(line, []byte(`"type":"turn"`)) {
			continue
		}
		if e, _, err := decode(line); err == nil && e.Turn != nil && e.Turn.ParentID == "" {
			return e.Turn
		}
	}
	return nil
}

// Read returns a whole session without the right to write it. A torn last line
// is left out.
func (s *Store) Read(ref, project string) (*Transcript, error) {
	at, err := s.find(ref, project)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(s.root, at.project, at.id+extension)
	read, err := loadWhole(path)
	if err != nil {
		return nil, err
	}
	row := Summary{
		ID: at.id, Project: at.project, Path: path, Bytes: at.bytes, Updated: at.updated,
		Turns: read.turns,
	}
	row.fill(read.header)
	row.answeredBy(read.answered)
	return &Transcript{Summary: row, Messages: read.messages, Todos: read.todos, Usage: read.usage}, nil
}
