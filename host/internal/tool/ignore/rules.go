// Package ignore walks folders as git sees them: without what .gitignore files
// and their like leave out.
package ignore

import (
	"os"
	"path/filepath"
	"strings"
)

// fileNames are the ignore files of a folder. A later one beats an earlier one.
var fileNames = []string{".gitignore", ".ignore", ".jcodeignore"}

// layer is the rules of one folder, or those that hold for everything.
type layer struct {
	parent *layer
	dir    string // absolute; patterns match what is below it
	// lists has one list for each of fileNames. The weakest list, which holds
	// for a whole repository or user, comes with the outermost layer.
	lists [3][]pattern
	weak  []pattern
}

// load reads the ignore files of a folder. Without any it is the parent itself.
func (l *layer) load(dir string) *layer {
	next := &layer{parent: l, dir: dir}
	found := false
	for i, name := range fileNames {
		if list := readPatterns(filepath.Join(dir, name)); len(list) > 0 {
			next.lists[i] = list
			found = true
		}
	}
	if !found && l != nil {
		return l
	}
	return next
}

const maxIgnoreFile = 1 << 20

func readPatterns(path string) []pattern {
	info, err := os.Stat(path)
	if err != nil || !info.Mode().IsRegular() || info.Size() > maxIgnoreFile {
		return nil
	}
	data, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	return parsePatterns(string(data))
}

// ignored reports whether a path is left out. Its parents are taken to be in.
func (l *layer) ignored(path string, dir bool) bool {
	base := filepath.Base(path)
	for i := len(fileNames) - 1; i >= 0; i-- {
		for at := l; at != nil; at = at.parent {
			if verdict, ok := decide(at.lists[i], at.dir, path, base, dir); ok {
				return verdict
			}
		}
	}
	for at := l; at != nil; at = at.parent {
		if verdict, ok := decide(at.weak, at.dir, path, base, dir); ok {
			return verdict
		}
	}
	return false
}

// decide finds the last pattern that matches.
func decide(list []pattern, folder, path, base string, dir bool) (ignored, ok bool) {
	if len(list) == 0 {
		return false, false
	}
	below := strings.TrimPrefix(filepath.ToSlash(strings.TrimPrefix(path, folder)), "/")
	for i := len(list) - 1; i >= 0; i-- {
		if list[i].matches(below, base, dir) {
			return !list[i].negated, true
		}
	}
	return false, false
}

// outermost reads the rules that hold for a folder from outside: those of the
// repository it is in, of the user, and of the folders between its top and it.
func outermost(dir, userHome, configHome string) *layer {
	top, gitDir := repository(dir)
	if top == "" {
		top = dir
	}
	base := &layer{dir: top}
	base.weak = userPatterns(gitDir, userHome, configHome)
	if gitDir != "" {
		base.weak = append(base.weak, readPatterns(filepath.Join(gitDir, "info", "exclude"))...)
	}
	rules := base.load(top)
	rel, err := filepath.Rel(top, dir)
	if err != nil || rel == "." {
		return rules
	}
	at := top
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		at = filepath.Join(at, part)
		rules = rules.load(at)
	}
	return rules
}
