package session

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// Call is one call of a model, as a session recorded it.
type Call struct {
	Turn
	// At is when it ended.
	At time.Time
	// SessionID and WorkingDir are those of its session.
	SessionID, WorkingDir string
}

// Problem is a file, or part of one, that could not be read.
type Problem struct{ Path, Reason string }

// Calls calls visit for every call of a model since then that the sessions of all
// projects recorded; a zero since is all of them. What a fork copied comes once.
// Files that are torn, damaged or no sessions at all are problems, and no errors.
func (s *Store) Calls(since time.Time, visit func(Call)) (problems []Problem, err error) {
	projects, err := s.projects()
	if err != nil {
		return nil, err
	}
	reader := callReader{since: since, visit: visit, seen: map[uint64]struct{}{}, seed: maphash.MakeSeed()}
	read := func(path string) {
		if err := reader.read(path); err != nil {
			problems = append(problems, Problem{path, err.Error()})
		}
	}
	for _, project := range projects {
		sessions, err := s.scan(project, func(string) bool { return true })
		if err != nil {
			problems = append(problems, Problem{filepath.Join(s.root, project), err.Error()})
			continue
		}
		for _, found := range sessions {
			if found.updated.Before(since) || found.bytes == 0 {
				continue
			}
			read(filepath.Join(s.root, project, found.id+extension))
		}
	}
	for _, path := range reader.takeForks() {
		read(path)
	}
	return problems, nil
}

type callReader struct {
	since time.Time
	visit func(Call)
	// seen are hashes of lines: a fork has the same ones as its original.
	seen map[uint64]struct{}
	seed maphash.Seed
	// forks wait until the others are read, whose calls they copied: names of files
	// do not tell who was first.
	forks    []fork
	readFork bool
}

type fork struct {
	path    string
	created time.Time
}

// takeForks are the files that waited, a copy after what it was copied from. From here
// on none waits.
func (r *callReader) takeForks() []string {
	slices.SortFunc(r.forks, func(a, b fork) int { return a.created.Compare(b.created) })
	var paths []string
	for _, waiting := range r.forks {
		paths = append(paths, waiting.path)
	}
	r.readFork = true
	return paths
}

func (r *callReader) read(path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	lines := lineReader{in: bufio.NewReaderSize(file, readBuffer)}
	first, err := lines.next()
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	head, _, faulty := decode(first)
	if faulty != nil || head.Header == nil {
		return errors.New("not a session: the first line is no header")
	}
	if head.Header.ForkedFrom != "" && !r.readFork {
		r.forks = append(r.forks, fork{path, head.Header.Created})
		return nil
	}
	bad := 0
	for err == nil {
		var line []byte
		line, err = lines.next()
		if torn := err != nil; bytes.Contains(line[:min(len(line), 64)], turnMark) && !r.take(line, *head.Header) && !torn {
			bad++
		}
	}
	switch {
	case !errors.Is(err, io.EOF):
		return err
	case bad > 0:
		return fmt.Errorf("%d damaged lines are left out", bad)
	}
	return nil
}

// turnMark is in the first bytes of every line that records a call.
var turnMark = []byte(`"type":"turn"`)

// take reports whether the line could be read.
func (r *callReader) take(line []byte, header Header) bool {
	var e entry
	if json.Unmarshal(line, &e) != nil || e.Turn == nil {
		return false
	}
	at, err := time.Parse(time.RFC3339Nano, e.Time)
	if err != nil {
		return false
	}
	hash := maphash.Bytes(r.seed, line)
	if _, copied := r.seen[hash]; copied || at.Before(r.since) {
		return true
	}
	r.seen[hash] = struct{}{}
	r.visit(Call{Turn: *e.Turn, At: at, SessionID: header.ID, WorkingDir: header.WorkingDir})
	return true
}
