package session

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// found is a session's place.
type found struct {
	id, project string
	bytes       int64
	updated     time.Time
}

// find resolves an id or unique prefix among all sessions; an empty ref is the
// newest of project.
func (s *Store) find(ref, project string) (found, error) {
	if ref == "" {
		return s.newest(project)
	}
	if !validRef(ref) {
		return found{}, &NotFoundError{Ref: ref}
	}
	projects, err := s.projects()
	if err != nil {
		return found{}, err
	}
	var fits []found
	for _, name := range projects {
		sessions, err := s.scan(name, func(id string) bool { return strings.HasPrefix(id, ref) })
		if err != nil {
			return found{}, err
		}
		fits = append(fits, sessions...)
	}
	return choose(ref, fits)
}

func choose(ref string, fits []found) (found, error) {
	for _, fit := range fits {
		if fit.id == ref {
			return fit, nil
		}
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	var ids []string
	for _, fit := range fits {
		ids = append(ids, fit.id)
	}
	slices.Sort(ids)
	return found{}, &NotFoundError{Ref: ref, Candidates: ids}
}

func (s *Store) newest(project string) (found, error) {
	sessions, err := s.scan(project, func(string) bool { return true })
	if err != nil {
		return found{}, err
	}
	// A process that died at once can leave an empty file.
	sessions = slices.DeleteFunc(sessions, func(s found) bool { return s.bytes == 0 })
	if len(sessions) == 0 {
		return found{}, &NotFoundError{}
	}
	return slices.MaxFunc(sessions, byUpdate), nil
}

func byUpdate(a, b found) int {
	if c := a.updated.Compare(b.updated); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

func (s *Store) projects() ([]string, error) {
	entries, err := os.ReadDir(s.root)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() {
			names = append(names, entry.Name())
		}
	}
	return names, nil
}

// scan lists the sessions of one project whose id is wanted.
func (s *Store) scan(project string, wanted func(id string) bool) ([]found, error) {
	entries, err := os.ReadDir(filepath.Join(s.root, project))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	var sessions []found
	for _, entry := range entries {
		id, ok := strings.CutSuffix(entry.Name(), extension)
		if !ok || entry.IsDir() || !wanted(id) {
			continue
		}
		info, err := entry.Info()
		if err != nil {
			continue // it went away
		}
		sessions = append(sessions, found{id: id, project: project, bytes: info.Size(), updated: info.ModTime()})
	}
	return sessions, nil
}
