package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

const (
	fileMode   = 0o600
	folderMode = 0o700
	extension  = ".jsonl"
)

// Store is the folder of all sessions. It is safe for concurrent use, also by
// several processes.
type Store struct{ root string }

// NewStore returns the store under root, JCODE_HOME/sessions. It touches
// nothing.
func NewStore(root string) *Store { return &Store{root: root} }

// Create begins a session. Project and Created of header are filled in, and ID if it
// is empty; one that was chosen was seen to be free by Free.
func (s *Store) Create(header Header) (*Session, error) {
	header.Project = Project(header.WorkingDir)
	header.Created = time.Now().UTC()
	if header.ID == "" {
		header.ID = newID(header.Created)
	}
	return s.create(header, nil)
}

// Free reports whether no session has the id.
func (s *Store) Free(id string) (bool, error) {
	fits, err := s.among("", func(other string) bool { return other == id })
	return len(fits) == 0, err
}

// create writes the header, and the lines of body after it.
func (s *Store) create(header Header, body func(*os.File) error) (*Session, error) {
	folder := filepath.Join(s.root, header.Project)
	if err := os.MkdirAll(folder, folderMode); err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	session := s.handle(header)
	held, err := acquire(session.lockPath(), header.ID)
	if err != nil {
		return nil, err
	}
	session.lock = held
	if err := session.begin(header, body); err != nil {
		held.release()
		return nil, fmt.Errorf("create session: %w", err)
	}
	return session, nil
}

func (s *Session) begin(header Header, body func(*os.File) error) error {
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_CREATE|os.O_EXCL|os.O_APPEND, fileMode)
	if err != nil {
		return err
	}
	line, err := encode(entry{Type: typeHeader, Header: &header}, time.Now())
	if err == nil {
		_, err = file.Write(line)
	}
	if err == nil && body != nil {
		err = body(file)
	}
	if err == nil {
		s.size, err = file.Seek(0, 2)
	}
	if err != nil {
		return errors.Join(err, file.Close(), os.Remove(s.path))
	}
	s.file = file
	return nil
}

// Ephemeral returns a session that is kept in memory only, with a temporary
// spool folder.
func Ephemeral(header Header) (*Session, error) {
	spool, err := os.MkdirTemp("", "jcode-session-")
	if err != nil {
		return nil, fmt.Errorf("create session: %w", err)
	}
	header.Project = Project(header.WorkingDir)
	header.Created = time.Now().UTC()
	if header.ID == "" {
		header.ID = newID(header.Created)
	}
	return &Session{state: state{header: header, chosen: choice{header.Provider, header.Model}}, spool: spool, removeSpool: true}, nil
}

func (s *Store) handle(header Header) *Session {
	base := filepath.Join(s.root, header.Project, header.ID)
	return &Session{state: state{header: header, chosen: choice{header.Provider, header.Model}}, path: base + extension, spool: base}
}

func (s *Session) lockPath() string { return s.spool + ".lock" }

// Resume opens the session that ref names, for writing. Tool calls without a
// result, left by a process that died, are answered now.
func (s *Store) Resume(ref, project string) (*Session, error) {
	found, err := s.find(ref, project)
	if err != nil {
		return nil, err
	}
	session := s.handle(Header{ID: found.id, Project: found.project})
	held, err := acquire(session.lockPath(), found.id)
	if err != nil {
		return nil, err
	}
	session.lock = held
	if err := session.reopen(); err != nil {
		held.release()
		return nil, err
	}
	return session, nil
}

func (s *Session) reopen() error {
	read, err := load(s.path)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(s.path, os.O_RDWR|os.O_APPEND, fileMode)
	if err != nil {
		return fmt.Errorf("open session: %w", err)
	}
	s.file, s.state, s.size = file, read.state, read.size
	if err := s.mend(read); err != nil {
		_ = file.Close()
		return fmt.Errorf("repair session %s: %w", s.path, err)
	}
	return nil
}

// mend makes the file and the history whole again.
func (s *Session) mend(read *loaded) error {
	if read.torn {
		if err := s.file.Truncate(read.size); err != nil {
			return err
		}
		s.warnings = append(s.warnings, fmt.Sprintf("session %s: the last line was torn and is dropped", s.ID()))
	}
	if read.unended {
		if err := s.writeLine([]byte("\n")); err != nil {
			return err
		}
	}
	answer, ok := s.state.repair()
	if !ok {
		return nil
	}
	s.nameTasks(answer.Blocks)
	s.warnings = append(s.warnings, fmt.Sprintf("session %s: %d tool calls had no result and are marked as failed", s.ID(), len(answer.Blocks)))
	return s.appendRaw(answer)
}

// appendRaw stores a message that the state holds already.
func (s *Session) appendRaw(message sdk.Message) error {
	raw, err := message.MarshalJSON()
	if err != nil {
		return err
	}
	line, err := encode(entry{Type: typeMessage, Message: raw}, time.Now())
	if err != nil {
		return err
	}
	return s.writeLine(line)
}

// Delete removes a session with its spool and its name, and returns its id.
func (s *Store) Delete(ref, project string) (string, error) {
	found, err := s.find(ref, project)
	if err != nil {
		return "", err
	}
	session := s.handle(Header{ID: found.id, Project: found.project})
	held, err := acquire(session.lockPath(), found.id)
	var locked *LockedError
	if errors.As(err, &locked) {
		locked.Deleting = true
	}
	if err != nil {
		return "", err
	}
	defer held.release()
	for _, remove := range []error{os.RemoveAll(session.spool), os.Remove(s.namePath(found)), os.Remove(session.path)} {
		if remove != nil && !errors.Is(remove, fs.ErrNotExist) {
			return "", fmt.Errorf("delete session: %w", remove)
		}
	}
	return found.id, nil
}
