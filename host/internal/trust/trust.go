// Package trust remembers which project folders the user trusts. A project's own
// files come from whoever wrote the repository: until the user says otherwise they
// may narrow what jcode does, and never widen it.
package trust

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
)

// FileName is the name of the record in JCODE_HOME.
const FileName = "trusted.json"

// Folder is one trusted folder.
type Folder struct {
	// Path is absolute, its symbolic links resolved.
	Path string `json:"path"`
	// Repository says that it is the root of a git repository.
	Repository bool `json:"repository"`
	// Added is when it was trusted, in UTC.
	Added time.Time `json:"added"`
}

// Store is the record. It is safe for concurrent use, also by other processes.
type Store struct{ file string }

// NewStore returns the record of JCODE_HOME, which need not exist.
func NewStore(home string) Store { return Store{file: filepath.Join(home, FileName)} }

// File is where the record is.
func (s Store) File() string { return s.file }

// Project is what is trusted when dir is: the root of its git repository, else
// dir itself, with symbolic links resolved. Trust does not reach into a repository
// inside it, nor from a folder that is no repository to those below it.
func Project(dir string) (Folder, error) {
	real, err := filepath.EvalSymlinks(dir)
	if err == nil {
		real, err = filepath.Abs(real)
	}
	if err != nil {
		return Folder{}, fmt.Errorf("resolve %s: %w", dir, cause(err))
	}
	if info, err := os.Stat(real); err != nil || !info.IsDir() {
		return Folder{}, fmt.Errorf("resolve %s: not a folder", dir)
	}
	root, found := Root(real)
	return Folder{Path: root, Repository: found}, nil
}

// Root is the nearest folder at or above dir that holds .git; else dir, false.
func Root(dir string) (string, bool) {
	for at := dir; ; {
		if _, err := os.Lstat(filepath.Join(at, ".git")); err == nil {
			return at, true
		}
		up := filepath.Dir(at)
		if up == at {
			return dir, false
		}
		at = up
	}
}

// Trusted reports whether the project of dir was trusted. Whatever is unclear
// counts as not trusted.
func (s Store) Trusted(dir string) (bool, error) {
	folder, err := Project(dir)
	if err != nil {
		return false, nil //nolint:nilerr // a folder that cannot be seen is not trusted
	}
	all, err := s.List()
	return slices.ContainsFunc(all, folder.same), err
}

func (f Folder) same(other Folder) bool { return f.Path == other.Path }

// List is every trusted folder, sorted by path. The record is replaced as a whole
// when it changes, so that reading takes no lock.
func (s Store) List() ([]Folder, error) {
	text, err := os.ReadFile(s.file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read trusted folders: %w", err)
	}
	document, err := credfile.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("read trusted folders: %s: %w", s.file, err)
	}
	return folders(document)
}

// key holds the folders in the file.
const key = "folders"

func folders(document *credfile.Document) ([]Folder, error) {
	var all []Folder
	if _, err := document.Decode(&all, key); err != nil {
		return nil, fmt.Errorf("read trusted folders: %w", err)
	}
	slices.SortFunc(all, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) })
	return all, nil
}

// Add trusts the project of dir. added is false when it was trusted before.
func (s Store) Add(ctx context.Context, dir string) (folder Folder, added bool, err error) {
	folder, err = Project(dir)
	if err != nil {
		return Folder{}, false, err
	}
	folder.Added = time.Now().UTC().Truncate(time.Second)
	err = s.change(ctx, func(all []Folder) []Folder {
		if at := slices.IndexFunc(all, folder.same); at >= 0 {
			folder = all[at]
			return all
		}
		added = true
		return append(all, folder)
	})
	return folder, added, err
}

// Remove ends the trust in the project of dir, or in dir by name when the folder
// is gone. removed is false when it was not trusted.
func (s Store) Remove(ctx context.Context, dir string) (folder Folder, removed bool, err error) {
	folder, err = Project(dir)
	if err != nil {
		if folder.Path, err = filepath.Abs(dir); err != nil {
			return Folder{}, false, fmt.Errorf("resolve %s: %w", dir, err)
		}
	}
	err = s.change(ctx, func(all []Folder) []Folder {
		kept := slices.DeleteFunc(slices.Clone(all), folder.same)
		removed = len(kept) < len(all)
		return kept
	})
	return folder, removed, err
}

func (s Store) change(ctx context.Context, do func([]Folder) []Folder) error {
	return credfile.Update(ctx, s.file, func(document *credfile.Document) error {
		all, err := folders(document)
		if err != nil {
			return err
		}
		return document.Set(do(all), key)
	})
}

// cause drops the path that an error of the file system repeats.
func cause(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err
	}
	return err
}
