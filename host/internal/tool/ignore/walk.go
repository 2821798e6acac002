package ignore

import (
	"context"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Options say what a walk leaves out.
type Options struct {
	// Hidden lets in what begins with a dot. .git is never let in.
	Hidden bool
	// NoIgnore turns all ignore files off.
	NoIgnore bool
	// UserHome and ConfigHome (XDG_CONFIG_HOME) are where git's settings of
	// the user are; either may be empty.
	UserHome, ConfigHome string
}

// Entry is something that a walk came upon.
type Entry struct {
	// Path is absolute; Rel is below the start, with slashes.
	Path, Rel string
	Entry     fs.DirEntry
}

// Walk calls visit for everything below root but folders, in the order of
// names, a folder's files before its subfolders. It does not follow symbolic
// links to folders, and passes over folders that cannot be read. It ends with
// the error of visit or of ctx. Root must be absolute and clean.
func Walk(ctx context.Context, root string, options Options, visit func(Entry) error) error {
	w := walker{options: options, visit: visit}
	var rules *layer
	if !options.NoIgnore {
		// A folder that is itself left out was named on purpose: its content
		// is looked at as if it were not.
		rules = outermost(root, options.UserHome, options.ConfigHome)
	}
	return w.folder(ctx, root, "", rules)
}

type walker struct {
	options Options
	visit   func(Entry) error
}

func (w *walker) folder(ctx context.Context, path, rel string, rules *layer) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil //nolint:nilerr // what cannot be read is not there for this user
	}
	if !w.options.NoIgnore && rel != "" && hasIgnoreFile(entries) {
		rules = rules.load(path)
	}
	var folders []Entry
	for _, entry := range entries {
		name := entry.Name()
		e := Entry{Path: filepath.Join(path, name), Rel: joinRel(rel, name), Entry: entry}
		if w.leavesOut(e, name, rules) {
			continue
		}
		if entry.IsDir() {
			folders = append(folders, e)
			continue
		}
		if err := w.visit(e); err != nil {
			return err
		}
	}
	for _, e := range folders {
		if err := w.folder(ctx, e.Path, e.Rel, rules); err != nil {
			return err
		}
	}
	return nil
}

func (w *walker) leavesOut(e Entry, name string, rules *layer) bool {
	if name == ".git" || !w.options.Hidden && strings.HasPrefix(name, ".") {
		return true
	}
	return !w.options.NoIgnore && rules.ignored(e.Path, e.Entry.IsDir())
}

func hasIgnoreFile(entries []fs.DirEntry) bool {
	for _, entry := range entries {
		for _, name := range fileNames {
			if entry.Name() == name {
				return true
			}
		}
	}
	return false
}

func joinRel(rel, name string) string {
	if rel == "" {
		return name
	}
	return rel + "/" + name
}
