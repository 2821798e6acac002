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
	// named says that there is a file with its name.
	named bool
}

// find resolves a reference: the whole id of a session of any project, else a name
// given in project, else a unique prefix of an id. An empty ref is the newest of
// project. An empty project is all of them.
func (s *Store) find(ref, project string) (found, error) {
	if ref == "" {
		return s.newest(project)
	}
	var fits []found
	if validRef(ref) {
		var err error
		if fits, err = s.among("", func(id string) bool { return strings.HasPrefix(id, ref) }); err != nil {
			return found{}, err
		}
	}
	for _, fit := range fits {
		if fit.id == ref {
			return fit, nil
		}
	}
	if checkName(ref) == nil {
		holders, err := s.named(ref, project)
		if err != nil || len(holders) == 1 {
			return first(holders), err
		}
		if len(holders) > 1 {
			return found{}, &NotFoundError{Ref: ref, Candidates: ids(holders)}
		}
	}
	if len(fits) == 1 {
		return fits[0], nil
	}
	return found{}, s.notFound(ref, fits)
}

// notFound says whether a session of another project has the name.
func (s *Store) notFound(ref string, fits []found) error {
	e := &NotFoundError{Ref: ref, Candidates: ids(fits)}
	if len(fits) == 0 && checkName(ref) == nil {
		holders, _ := s.named(ref, "") // only a hint
		e.Elsewhere = ids(holders)
	}
	return e
}

func first(all []found) found {
	if len(all) == 0 {
		return found{}
	}
	return all[0]
}

func ids(all []found) []string {
	var ids []string
	for _, at := range all {
		ids = append(ids, at.id)
	}
	slices.Sort(ids)
	return ids
}

func (s *Store) newest(project string) (found, error) {
	sessions, err := s.among(project, func(string) bool { return true })
	if err != nil {
		return found{}, err
	}
	// A process that died at once can leave an empty file.
	sessions = slices.DeleteFunc(sessions, func(s found) bool { return s.bytes == 0 })
	if len(sessions) == 0 {
		return found{}, &NotFoundError{AllProjects: project == ""}
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

// among lists the sessions of a project, or of all when it is empty, whose id is
// wanted.
func (s *Store) among(project string, wanted func(id string) bool) ([]found, error) {
	projects := []string{project}
	if project == "" {
		var err error
		if projects, err = s.projects(); err != nil {
			return nil, err
		}
	}
	var all []found
	for _, name := range projects {
		sessions, err := s.scan(name, wanted)
		if err != nil {
			return nil, err
		}
		all = append(all, sessions...)
	}
	return all, nil
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
	named := map[string]bool{}
	for _, entry := range entries {
		if id, ok := strings.CutSuffix(entry.Name(), nameExtension); ok {
			named[id] = true
		}
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
		sessions = append(sessions, found{
			id: id, project: project, bytes: info.Size(), updated: info.ModTime(), named: named[id],
		})
	}
	return sessions, nil
}
