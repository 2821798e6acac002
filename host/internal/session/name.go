package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A session's name lies in a small file beside it: so a session can be named while
// another process writes it, and a listing reads no more for it.
const (
	nameExtension = ".name"
	nameRunes     = 64
)

// NameError says why a session cannot have a name.
type NameError struct {
	Name, Reason string
	// Holder is the session that has the name; may be empty.
	Holder string
}

// Error is one line for the user.
func (e *NameError) Error() string { return fmt.Sprintf("session name %q: %s", e.Name, e.Reason) }

// Hint is the command that goes on with the session of that name, or a name that
// could be had.
func (e *NameError) Hint() string {
	if e.Holder != "" {
		return "jcode run -r " + e.Name
	}
	return "another name, such as " + e.possible()
}

// possible is the name with what it may not have left out.
func (e *NameError) possible() string {
	words := strings.FieldsFunc(e.Name, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := strings.Join(words, "-")
	if runes := []rune(name); len(runes) > nameRunes {
		name = strings.TrimRight(string(runes[:nameRunes]), "-")
	}
	if checkName(name) != nil {
		return "fix-login"
	}
	return name
}

// checkName refuses what could not be typed, or be taken for an id.
func checkName(name string) error {
	reason := ""
	switch {
	case name == "" || !utf8.ValidString(name):
		reason = "is empty or no text"
	case utf8.RuneCountInString(name) > nameRunes:
		reason = fmt.Sprintf("is longer than %d characters", nameRunes)
	case strings.ContainsFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("-_.", r)
	}):
		reason = "may have letters, digits, -, _ and . only"
	case strings.ContainsRune("-_.", []rune(name)[0]):
		reason = "must begin with a letter or digit"
	case idShaped(name):
		reason = "looks like the id of a session"
	default:
		return nil
	}
	return &NameError{Name: name, Reason: reason}
}

// idShaped reports whether a name has the form of an id of newID or of a UUID.
func idShaped(name string) bool {
	_, isUUID := ParseUUID(name)
	digits := strings.IndexFunc(name, func(r rune) bool { return r < '0' || r > '9' })
	return isUUID || len(name) >= 16 && digits == 8 && name[8] == '-' && name[15] == '-'
}

// CheckName reports whether the session id of project, which may be empty for one
// that does not exist yet, may have the name: an error is a *NameError.
func (s *Store) CheckName(name, project, id string) error {
	if err := checkName(name); err != nil {
		return err
	}
	holders, err := s.named(name, project)
	if err != nil {
		return err
	}
	for _, holder := range holders {
		if holder.id != id {
			return &NameError{Name: name, Reason: "is the name of session " + holder.id, Holder: holder.id}
		}
	}
	return nil
}

// SetName names the session that ref names, and returns its id; an empty name
// removes the one it has. Another process may be writing the session.
func (s *Store) SetName(ref, project, name string) (string, error) {
	at, err := s.find(ref, project)
	if err != nil {
		return "", err
	}
	if name == "" {
		err := os.Remove(s.namePath(at))
		if errors.Is(err, fs.ErrNotExist) {
			err = nil
		}
		return at.id, wrapName(at.id, err)
	}
	if err := s.CheckName(name, at.project, at.id); err != nil {
		return "", err
	}
	return at.id, wrapName(at.id, s.writeName(at, name))
}

func wrapName(id string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("name session %s: %w", id, err)
}

func (s *Store) writeName(at found, name string) error {
	path := s.namePath(at)
	temporary, err := os.CreateTemp(filepath.Dir(path), "."+at.id+"-*")
	if err != nil {
		return err
	}
	_, err = temporary.WriteString(name + "\n")
	err = errors.Join(err, temporary.Close())
	if err == nil {
		err = os.Rename(temporary.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}

func (s *Store) namePath(at found) string {
	return filepath.Join(s.root, at.project, at.id+nameExtension)
}

// name is empty for a session without a name, or with one that nobody could type.
func (s *Store) name(at found) string {
	if !at.named {
		return ""
	}
	data, err := os.ReadFile(s.namePath(at))
	if err != nil {
		return ""
	}
	name := strings.TrimSuffix(string(data), "\n")
	if checkName(name) != nil {
		return ""
	}
	return name
}

// named returns the sessions of a project, or of all, that have the name.
func (s *Store) named(name, project string) ([]found, error) {
	all, err := s.among(project, func(string) bool { return true })
	if err != nil {
		return nil, err
	}
	var holders []found
	for _, at := range all {
		if at.named && s.name(at) == name {
			holders = append(holders, at)
		}
	}
	return holders, nil
}
