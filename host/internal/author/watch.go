package author

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Sources are the files that a program is made of, as they were at one moment.
type Sources map[string]stamp

// stamp tells one state of a file from another.
type stamp struct {
	size int64
	time time.Time
}

// listFormat names, for each package of a program that is not of the standard library
// or of a module in the cache, its folder and what it embeds.
const listFormat = `{{$dir := .Dir}}{{with .Module}}{{if or .Main .Replace}}{{$dir}}{{range $.EmbedFiles}}
{{$dir}}/{{.}}{{end}}{{end}}{{end}}`

// Watched lists the folders and files that the program depends on: its own packages,
// those of modules that are replaced by folders, and the module's files. Where the go
// command cannot tell, every folder of the module.
func (b *Builder) Watched(ctx context.Context) []string {
	paths := []string{b.Dir, b.manifest()}
	out, err := b.run(ctx, "list", "-e", "-deps", "-f", listFormat, b.Package())
	if err != nil {
		return append(paths, b.everyFolder()...)
	}
	for line := range strings.Lines(string(out)) {
		if line = strings.TrimSpace(line); filepath.IsAbs(line) {
			paths = append(paths, line)
		}
	}
	return paths
}

func (b *Builder) everyFolder() []string {
	var folders []string
	_ = filepath.WalkDir(b.Dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil, !entry.IsDir():
			return nil //nolint:nilerr // what cannot be read is not watched
		case path != b.Dir && strings.HasPrefix(entry.Name(), "."), entry.Name() == "bin", entry.Name() == "dist":
			return fs.SkipDir
		}
		folders = append(folders, path)
		return nil
	})
	return folders
}

// Look takes the state of watched folders and files. Tests are not part of a program.
func Look(watched []string) Sources {
	seen := Sources{}
	add := func(path string, info fs.FileInfo) { seen[path] = stamp{info.Size(), info.ModTime()} }
	for _, path := range watched {
		info, err := os.Stat(path)
		if err != nil {
			continue
		}
		if !info.IsDir() {
			add(path, info)
			continue
		}
		entries, err := os.ReadDir(path)
		if err != nil {
			continue
		}
		for _, entry := range entries {
			if !source(entry.Name()) {
				continue
			}
			if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
				add(filepath.Join(path, entry.Name()), info)
			}
		}
	}
	return seen
}

// source reports whether a file in a package's folder is compiled.
func source(name string) bool {
	return !strings.HasPrefix(name, ".") && !strings.HasSuffix(name, "_test.go") &&
		(slices.Contains([]string{".go", ".s", ".c", ".h"}, filepath.Ext(name)) || name == "go.mod" || name == "go.sum")
}

// Changed names a file that differs between two looks, or returns "".
func Changed(before, after Sources) string {
	var found []string
	for path, s := range after {
		if old, ok := before[path]; !ok || !old.time.Equal(s.time) || old.size != s.size {
			found = append(found, path)
		}
	}
	for path := range before {
		if _, ok := after[path]; !ok {
			found = append(found, path)
		}
	}
	if len(found) == 0 {
		return ""
	}
	slices.Sort(found)
	if len(found) > 1 {
		return fmt.Sprintf("%s and %d more", found[0], len(found)-1)
	}
	return found[0]
}

// Await returns what changed since before, once it has stopped changing: an editor
// writes several files, or one in pieces. It looks every interval.
func Await(ctx context.Context, watched []string, before Sources, interval time.Duration) (string, Sources, error) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	last := before
	for {
		select {
		case <-ticker.C:
		case <-ctx.Done():
			return "", before, ctx.Err()
		}
		now := Look(watched)
		settled := Changed(last, now) == ""
		if changed := Changed(before, now); changed != "" && settled {
			return changed, now, nil
		}
		last = now
	}
}
