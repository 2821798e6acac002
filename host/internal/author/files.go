package author

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

//go:embed all:template
var templates embed.FS

// file is one file of a new module.
type file struct {
	path string // below its folder, with slashes
	data []byte
}

// shared are the files that both kinds have, and where they go. Those whose name
// ends in a kind are for that kind alone.
var shared = map[string]string{
	"Makefile": "Makefile", "release.sh": "release.sh", "gitignore": ".gitignore",
	"release.yml": ".github/workflows/release.yml",
}

// filesOf fills in the templates of a kind. Their order is that of the names.
func filesOf(kind string, n names) ([]file, error) {
	root := "template/" + kind
	var files []file
	err := fs.WalkDir(templates, root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := templates.ReadFile(path)
		files = append(files, file{strings.TrimPrefix(path, root+"/"), data})
		return err
	})
	if err != nil {
		return nil, err
	}
	for name, path := range shared {
		data, err := sharedFile(name, kind)
		if err != nil {
			return nil, err
		}
		files = append(files, file{path, data})
	}
	readme, err := templates.ReadFile("template/shared/README." + kind + ".md")
	if err != nil {
		return nil, err
	}
	return fill(append(files, file{"README.md", readme}), n.replacer(kind))
}

// sharedFile is a shared file with what the kind adds to it.
func sharedFile(name, kind string) ([]byte, error) {
	data, err := templates.ReadFile("template/shared/" + name)
	if err != nil {
		return nil, err
	}
	more, err := templates.ReadFile("template/shared/" + name + "." + kind)
	if errors.Is(err, fs.ErrNotExist) {
		return data, nil
	}
	return append(data, more...), err
}

// fill puts names into files and paths. The order of imports depends on them.
func fill(files []file, r *strings.Replacer) ([]file, error) {
	for i, f := range files {
		f = file{r.Replace(f.path), []byte(r.Replace(string(f.data)))}
		if strings.HasSuffix(f.path, ".go") {
			source, err := format.Source(f.data)
			if err != nil {
				return nil, fmt.Errorf("format %s: %w", f.path, err)
			}
			f.data = source
		}
		files[i] = f
	}
	return files, nil
}

// write makes dir with the files in it. What exists is never overwritten; after an
// error what was written is removed.
func write(dir string, files []file) (err error) {
	_, statErr := os.Lstat(dir)
	var written []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range written {
			_ = os.Remove(path)
		}
		if errors.Is(statErr, fs.ErrNotExist) {
			_ = os.RemoveAll(dir)
		}
	}()
	for _, f := range files {
		path := filepath.Join(dir, filepath.FromSlash(f.path))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil { //nolint:gosec // the author's sources, with the author's umask
			return err
		}
		mode := fs.FileMode(0o666)
		if bytes.HasPrefix(f.data, []byte("#!")) {
			mode = 0o777
		}
		out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if err != nil {
			return err
		}
		written = append(written, path)
		_, err = out.Write(f.data)
		if closeErr := out.Close(); err != nil || closeErr != nil {
			return errors.Join(err, closeErr)
		}
	}
	return nil
}
