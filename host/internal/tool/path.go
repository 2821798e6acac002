package tool

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"unicode/utf8"
)

// location is a path that a call names.
type location struct {
	// shown is what the model reads: relative to the working folder where it
	// lies inside, else absolute.
	shown string
	// path is absolute and clean; real has its symbolic links resolved as far
	// as it exists.
	path, real string
}

// locate reads a path as the model wrote it. An empty one is the working folder.
func (b *bench) locate(raw string) (location, error) {
	path, err := b.expand(raw)
	if err != nil {
		return location{}, err
	}
	real, err := RealPath(path)
	if err != nil {
		return location{}, failWith(CodeNotFound, "resolve %s: %v", raw, err)
	}
	return location{shown: b.show(path), path: path, real: real}, nil
}

func (b *bench) expand(raw string) (string, error) {
	raw = strings.TrimSpace(raw)
	if strings.ContainsRune(raw, 0) || !utf8.ValidString(raw) {
		return "", failWith(CodeInvalidInput, "the path %q has bytes that no path can have", raw)
	}
	raw = strings.TrimPrefix(strings.TrimPrefix(raw, "file://"), "@/")
	if raw == "~" || strings.HasPrefix(raw, "~/") {
		if home := b.userHome(); home != "" {
			raw = home + raw[1:]
		}
	}
	raw = filepath.FromSlash(raw)
	if !filepath.IsAbs(raw) {
		raw = filepath.Join(b.WorkingDir, raw)
	}
	return filepath.Clean(raw), nil
}

// show is a path as the model should see it.
func (b *bench) show(path string) string {
	for _, root := range []string{b.WorkingDir, b.root} {
		if rel, ok := Inside(root, path); ok {
			return filepath.ToSlash(rel)
		}
	}
	return path
}

// Inside reports whether path is root or below it, and its name relative to
// root. Both must be absolute and clean. Nothing is looked up.
func Inside(root, path string) (string, bool) {
	rel, err := filepath.Rel(root, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return rel, true
}

const maxLinks = 255

var errLinkLoop = errors.New("too many symbolic links")

// RealPath resolves the symbolic links of an absolute path as far as it exists;
// the rest is kept. Unlike filepath.EvalSymlinks it follows a link whose target
// does not exist, because writing to such a link makes the target.
func RealPath(path string) (string, error) {
	if runtime.GOOS == "windows" {
		return realPathWindows(path)
	}
	done, links := "/", 0
	rest := strings.Split(filepath.Clean(path), "/")
	for len(rest) > 0 {
		part := rest[0]
		rest = rest[1:]
		switch part {
		case "", ".":
			continue
		case "..":
			done = filepath.Dir(done)
			continue
		}
		next := filepath.Join(done, part)
		info, err := os.Lstat(next)
		if err != nil || info.Mode()&os.ModeSymlink == 0 {
			done = next // what cannot be seen is kept as it is named
			continue
		}
		target, err := os.Readlink(next)
		if err != nil {
			return "", err
		}
		if links++; links > maxLinks {
			return "", &os.PathError{Op: "resolve", Path: path, Err: errLinkLoop}
		}
		if filepath.IsAbs(target) {
			done = "/"
		}
		rest = append(strings.Split(target, "/"), rest...)
	}
	return done, nil
}

// realPathWindows resolves the longest part that exists.
func realPathWindows(path string) (string, error) {
	path = filepath.Clean(path)
	rest := ""
	for dir := path; ; dir = filepath.Dir(dir) {
		if real, err := filepath.EvalSymlinks(dir); err == nil {
			return filepath.Join(real, rest), nil
		}
		if parent := filepath.Dir(dir); parent == dir {
			return path, nil
		}
		rest = filepath.Join(filepath.Base(dir), rest)
	}
}
