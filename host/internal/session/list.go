package session

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
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
	// Name is what the user calls it; may be empty.
	Name string
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
	// Calls are the calls of the model, oldest first, subagents' among them.
	Calls []Turn
	// Compacted are the compactions, oldest first.
	Compacted []CompactedAt
}

// List returns sessions, newest first, of one project or (empty) of all; limit 0
// is no limit. Only the ends of the files are read.
func (s *Store) List(project string, limit int) ([]Summary, error) {
	return s.ListFrom(project, "", limit)
}

// ListFrom is List of the sessions whose id or name begins with prefix.
func (s *Store) ListFrom(project, prefix string, limit int) ([]Summary, error) {
	all, err := s.among(project, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	all = slices.DeleteFunc(all, func(at found) bool {
		return !strings.HasPrefix(at.id, prefix) && !strings.HasPrefix(s.name(at), prefix)
	})
	slices.SortFunc(all, func(a, b found) int { return byUpdate(b, a) })
	if limit > 0 && len(all) > limit {
		all = all[:limit]
	}
	return s.summaries(all), nil
}

// readers is how many files are read at a time: what a listing waits for is one
// system call after the other.
const readers = 4

func (s *Store) summaries(all []found) []Summary {
	rows := make([]Summary, len(all))
	var next atomic.Int64
	var reading sync.WaitGroup
	for range min(readers, len(all)) {
		reading.Go(func() {
			buffer := make([]byte, endBytes)
			for i := next.Add(1) - 1; i < int64(len(all)); i = next.Add(1) - 1 {
				rows[i] = s.summary(all[i], buffer)
			}
		})
	}
	reading.Wait()
	return rows
}

// endBytes are read of either end of a file; mostly that is enough. headBytes and
// tailBytes are for long first prompts, and for long last answers.
const (
	endBytes  = 2 << 10
	headBytes = 16 << 10
	tailBytes = 256 << 10
)

// summary reads the head for the header and the tail for the last turn, into buffer
// when they are short.
func (s *Store) summary(at found, buffer []byte) Summary {
	path := s.path(at)
	row := Summary{ID: at.id, Project: at.project, Path: path, Bytes: at.bytes, Updated: at.updated, Name: s.name(at)}
	file, err := os.Open(path)
	if err != nil {
		row.Problem = err.Error()
		return row
	}
	defer func() { _ = file.Close() }()
	header, err := readHeader(file, at.bytes, buffer)
	if err != nil {
		row.Problem = err.Error()
		return row
	}
	row.fill(*header)
	for _, length := range []int64{endBytes, headBytes, tailBytes} {
		if turn := lastTurn(file, at.bytes, length, buffer); turn != nil {
			row.Turns = turn.Turn
			row.answeredBy(*turn)
			break
		}
		if length >= at.bytes {
			break
		}
	}
	return row
}

// room is buffer, or a longer one.
func room(buffer []byte, length int64) []byte {
	if int64(len(buffer)) >= length {
		return buffer[:length]
	}
	return make([]byte, length)
}

func readHeader(file io.ReaderAt, size int64, buffer []byte) (*Header, error) {
	for _, length := range []int64{min(endBytes, size), min(headBytes, size)} {
		head := room(buffer, length)
		n, err := file.ReadAt(head, 0)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		line, _, whole := bytes.Cut(head[:n], []byte("\n"))
		if !whole {
			continue
		}
		if e, _, err := decode(line); err == nil && e.Header != nil {
			return e.Header, nil
		}
		break
	}
	return nil, errors.New("the first line is no header")
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

// lastTurn is the last call of the model in the last bytes of the file; nil is
// unknown.
func lastTurn(file io.ReaderAt, size, last int64, buffer []byte) *Turn {
	tail := room(buffer, min(last, size))
	n, _ := file.ReadAt(tail, size-int64(len(tail)))
	for tail = tail[:n]; len(tail) > 0; {
		at := bytes.LastIndexByte(tail[:len(tail)-1], '\n') + 1
		line := tail[at:]
		tail = tail[:at]
		if !bytes.HasPrefix(line, []byte(`{"v":`)) || !bytes.Contains(line[:min(len(line), 64)], []byte(`"type":"turn"`)) {
			continue
		}
		if e, _, err := decode(bytes.TrimSuffix(line, []byte("\n"))); err == nil && e.Turn != nil && e.Turn.ParentID == "" {
			return e.Turn
		}
	}
	return nil
}

// Path returns the id of the session that ref names, and its file.
func (s *Store) Path(ref, project string) (id, path string, err error) {
	at, err := s.find(ref, project)
	if err != nil {
		return "", "", err
	}
	return at.id, s.path(at), nil
}

func (s *Store) path(at found) string { return filepath.Join(s.root, at.project, at.id+extension) }

// Read returns a whole session without the right to write it. A torn last line
// is left out.
func (s *Store) Read(ref, project string) (*Transcript, error) {
	at, err := s.find(ref, project)
	if err != nil {
		return nil, err
	}
	path := s.path(at)
	read, err := loadWhole(path)
	if err != nil {
		return nil, err
	}
	row := Summary{
		ID: at.id, Project: at.project, Path: path, Bytes: at.bytes, Updated: at.updated,
		Turns: read.turns, Name: s.name(at),
	}
	row.fill(read.header)
	row.answeredBy(read.answered)
	return &Transcript{Summary: row, Messages: read.messages, Todos: read.todos, Usage: read.usage, Calls: read.calls, Compacted: read.compacted}, nil
}
