package session

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// Fork copies the session that ref names and opens the copy for writing. The
// original may be in use. Spooled files and the name stay with it. An empty id is a
// new one.
func (s *Store) Fork(ref, project, id string) (*Session, error) {
	at, err := s.find(ref, project)
	if err != nil {
		return nil, err
	}
	from := s.handle(Header{ID: at.id, Project: at.project})
	read, err := load(from.path)
	if err != nil {
		return nil, err
	}
	header := read.header
	header.ForkedFrom, header.Created = at.id, time.Now().UTC()
	header.ID, header.Project = id, at.project
	if id == "" {
		header.ID = newID(header.Created)
	}
	fork, err := s.create(header, func(to *os.File) error { return copyBody(from.path, to, read.size) })
	if err != nil {
		return nil, err
	}
	fork.state = read.state
	fork.state.header = header
	if err := copyTasks(from, fork); err != nil {
		return nil, errors.Join(fmt.Errorf("fork session: %w", err), fork.Close())
	}
	read.torn = false // only whole lines were copied
	if err := fork.mend(read); err != nil {
		return nil, errors.Join(fmt.Errorf("fork session: %w", err), fork.Close())
	}
	return fork, nil
}

// copyBody copies all but the first line, as far as size.
func copyBody(path string, to io.Writer, size int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	reader := bufio.NewReaderSize(io.LimitReader(file, size), readBuffer)
	for {
		_, err := reader.ReadSlice('\n')
		if err == nil {
			break
		}
		if !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
	_, err = io.Copy(to, reader)
	return err
}

// Peek opens a copy of the session that ref names, in memory only. The original
// may be in use.
func (s *Store) Peek(ref, project string) (*Session, error) {
	at, err := s.find(ref, project)
	if err != nil {
		return nil, err
	}
	read, err := load(s.handle(Header{ID: at.id, Project: at.project}).path)
	if err != nil {
		return nil, err
	}
	read.repair()
	header := read.header
	header.ID = "" // a new one
	copied, err := Ephemeral(header)
	if err != nil {
		return nil, err
	}
	id := copied.state.header.ID
	copied.state = read.state
	copied.state.header.ID, copied.state.header.ForkedFrom = id, at.id
	copied.peekTasks(s.handle(Header{ID: at.id, Project: at.project}))
	return copied, nil
}
