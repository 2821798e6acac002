package credfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

const (
	maxFileBytes = 16 << 20 // credentials are small; anything else is a mistake
	maxLinks     = 40       // as the kernel follows

	// A program that truncates and writes leaves a short moment in which the
	// file looks broken or empty.
	settleTries = 5
	settlePause = 40 * time.Millisecond
)

// CorruptError says that a file holds no JSON object. It never quotes the file.
type CorruptError struct {
	Path   string
	Offset int64 // where the text stops being JSON; 0 if it is JSON of another kind
}

// Error names the file and the place, never its content.
func (e *CorruptError) Error() string {
	if e.Offset == 0 {
		return fmt.Sprintf("parse %s: not a JSON object", e.Path)
	}
	return fmt.Sprintf("parse %s: not JSON at byte %d", e.Path, e.Offset)
}

// Info is what is known about a file that was read.
type Info struct {
	Path    string      // as it was asked for
	Target  string      // the file itself, behind any symbolic link
	Mode    fs.FileMode // of the file itself
	ModTime time.Time
}

// Symlink reports whether the path is a symbolic link.
func (i Info) Symlink() bool { return i.Target != i.Path }

// WiderThanOwner reports whether others than the owner may read or write the
// file, or anybody may execute it. Always false on Windows, whose modes do not
// say it.
func (i Info) WiderThanOwner() bool { return modesCount && i.Mode.Perm()&^0o600 != 0 }

// Warnings returns what a careful user would want to know, one line each.
func (i Info) Warnings() []string {
	var all []string
	if i.WiderThanOwner() {
		all = append(all, fmt.Sprintf("%s has mode %04o, 0600 would keep it private", i.Target, i.Mode.Perm()))
	}
	if i.Symlink() {
		all = append(all, fmt.Sprintf("%s is a link to %s", i.Path, i.Target))
	}
	return all
}

// Read reads a credential file without a lock, for those who only look.
// errors.Is(err, fs.ErrNotExist) says that there is none, *CorruptError that it
// cannot be parsed, and any other error that it cannot be read.
// It waits up to a fifth of a second for a broken file to be mended, since
// another program may be writing it.
func Read(ctx context.Context, path string) (*Document, Info, error) {
	info := Info{Path: path, Target: path}
	target, err := resolve(path)
	if err != nil {
		return nil, info, err
	}
	info.Target = target
	for try := 1; ; try++ {
		text, stat, err := readFile(target)
		if err != nil {
			return nil, info, fmt.Errorf("read %s: %w", path, err)
		}
		info.Mode, info.ModTime = stat.Mode(), stat.ModTime()
		doc, err := Parse(text)
		if corrupt := (*CorruptError)(nil); errors.As(err, &corrupt) {
			corrupt.Path = path
		}
		settled := err == nil && len(bytes.TrimSpace(text)) > 0
		if settled || try == settleTries {
			return doc, info, err
		}
		if err := pause(ctx, settlePause); err != nil {
			return nil, info, fmt.Errorf("read %s: %w", path, err)
		}
	}
}

// readFile refuses what is no file before it opens it: a pipe would block.
func readFile(path string) ([]byte, fs.FileInfo, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, nil, errors.New("not a regular file")
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, cause(err)
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return nil, nil, cause(err)
	}
	if len(text) > maxFileBytes {
		return nil, nil, fmt.Errorf("larger than %d bytes", maxFileBytes)
	}
	return text, info, nil
}

// cause drops the operation and path of an error whose caller says them.
func cause(err error) error {
	if pe := (*fs.PathError)(nil); errors.As(err, &pe) {
		return pe.Err
	}
	return err
}

// resolve follows the symbolic links of a path's last element, also to where
// nothing is yet, so that writing replaces the file and not the link.
func resolve(path string) (string, error) {
	target := path
	for range maxLinks {
		next, err := os.Readlink(target)
		if err != nil {
			return target, nil //nolint:nilerr // it is no link, which is the common case
		}
		if !filepath.IsAbs(next) {
			next = filepath.Join(filepath.Dir(target), next)
		}
		target = next
	}
	return "", fmt.Errorf("resolve %s: too many links", path)
}

func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
