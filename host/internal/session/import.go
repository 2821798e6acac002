package session

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/jcode-go/jcode/sdk"
)

// maxImport bounds an export that is read.
const maxImport = 1 << 30

// ImportError says why something is no exported session.
type ImportError struct{ Err error }

// Error is one line for the user.
func (e *ImportError) Error() string { return "import session: " + e.Err.Error() }

// Hint is the command that makes what can be imported.
func (e *ImportError) Hint() string { return "jcode sessions export --format json ID" }

// Unwrap returns the cause.
func (e *ImportError) Unwrap() error { return e.Err }

// Import makes a session of what WriteJSON wrote, as one of the project of
// workingDir, and returns its id: the old one if that is free, else a new one. The
// name goes along if it is free. An error about the text is an *ImportError.
func (s *Store) Import(r io.Reader, workingDir, version string) (id string, err error) {
	read, err := decodeExport(r)
	if err != nil {
		return "", &ImportError{Err: err}
	}
	header := Header{
		ID: read.ID, WorkingDir: workingDir, Version: version, Provider: read.Provider, Model: read.Model,
		Title: read.Title, ForkedFrom: read.ForkedFrom,
	}
	if free, err := s.Free(read.ID); err != nil || !free || !idShaped(read.ID) || !validRef(read.ID) {
		header.ID = ""
	}
	made, err := s.Create(header)
	if err != nil {
		return "", err
	}
	err = errors.Join(made.fill(read), made.Close())
	if err != nil {
		return "", fmt.Errorf("import session: %w", err)
	}
	if read.Name != "" && s.CheckName(read.Name, made.Project(), "") == nil {
		_, err = s.SetName(made.ID(), "", read.Name)
	}
	return made.ID(), err
}

func decodeExport(r io.Reader) (exported, error) {
	var read exported
	data, err := io.ReadAll(io.LimitReader(r, maxImport))
	if err != nil {
		return read, err
	}
	if err := json.Unmarshal(data, &read); err != nil {
		return read, err
	}
	switch {
	case read.SchemaVersion > schemaVersion:
		return read, fmt.Errorf("written by a newer jcode (schema %d)", read.SchemaVersion)
	case read.SchemaVersion < 1 || read.ID == "":
		return read, errors.New("it is no session that was exported as JSON")
	}
	for i, message := range read.Messages {
		if message.Role != sdk.RoleUser && message.Role != sdk.RoleAssistant {
			return read, fmt.Errorf("message %d has no role", i+1)
		}
	}
	return read, nil
}

// fill writes what was exported into a new session. Calls without a result are
// answered, as when a session is resumed.
func (s *Session) fill(read exported) error {
	for _, message := range read.Messages {
		if err := s.Append(message, false); err != nil {
			return err
		}
	}
	if answer, ok := s.state.repair(); ok {
		if err := s.appendRaw(answer); err != nil {
			return err
		}
	}
	if len(read.Todos) > 0 {
		return s.SetTodos(read.Todos)
	}
	return nil
}
