package tool

import (
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// target is a file about to be written, seen through an os.Root: if a folder on
// the way is exchanged for a link that leads out, the root refuses it.
type target struct {
	root *os.Root
	name string // below root
	real string
}

// openTarget opens the root that a file is in, making missing folders.
func (b *bench) openTarget(real string) (*target, error) {
	for _, dir := range append([]string{b.root}, b.AddedDirs...) {
		dir, err := RealPath(dir)
		if err != nil {
			continue
		}
		name, ok := Inside(dir, real)
		if !ok || name == "." {
			continue
		}
		root, err := os.OpenRoot(dir)
		if err != nil {
			continue
		}
		t := &target{root: root, name: name, real: real}
		if err := root.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.close()
			return nil, err
		}
		return t, nil
	}
	return outsideTarget(real)
}

// outsideTarget is for a file outside of the roots, which was allowed for
// itself: its own folder is the root.
func outsideTarget(real string) (*target, error) {
	dir := filepath.Dir(real)
	if err := os.MkdirAll(dir, 0o777); err != nil { //nolint:gosec // the umask decides
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	return &target{root: root, name: filepath.Base(real), real: real}, nil
}

func (t *target) close() { _ = t.root.Close() }

// read is the file's content, for checking that it is still what was seen. A
// file that is missing has none.
func (t *target) read(limit int64) ([]byte, fs.FileInfo, error) {
	info, err := t.root.Stat(t.name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if err := checkRegular(t.real, info); err != nil {
		return nil, nil, err
	}
	file, err := t.root.OpenFile(t.name, os.O_RDONLY|openNonblock, 0)
	if err != nil {
		return nil, nil, err
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, nil, err
	}
	return data, info, nil
}

// hash is the digest of the file as it is now; zero when it is missing.
func (t *target) hash() (digest, error) {
	var d digest
	file, err := t.root.OpenFile(t.name, os.O_RDONLY|openNonblock, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return d, nil
	}
	if err != nil {
		return d, err
	}
	defer func() { _ = file.Close() }()
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return d, err
	}
	sum.Sum(d[:0])
	return d, nil
}

var errChanged = &callError{code: CodeStale, text: "the file was changed by somebody else at this very moment; read it again"}

// replace gives the file a new content. Old is the file as it was, nil for a
// new one, and was the hash of what the change is based on. The file is
// exchanged at once, with mode, owner and attributes kept; where that cannot be
// it is written in place, and the note says so.
func (t *target) replace(data []byte, old fs.FileInfo, was digest) (note string, err error) {
	if old != nil && links(old) > 1 {
		return "written in place: the file has more than one name", t.inPlace(data, was)
	}
	temp, err := t.temporary(old)
	if err != nil {
		if denied(err) && old != nil {
			return "written in place: its folder is not writable", t.inPlace(data, was)
		}
		return "", err
	}
	name := filepath.Join(filepath.Dir(t.name), filepath.Base(temp.Name()))
	keep := false
	defer func() {
		if !keep {
			_ = t.root.Remove(name)
		}
	}()
	owner, err := t.fill(temp, data, old)
	if err != nil {
		return "", err
	}
	if !owner {
		return "written in place: its owner is somebody else", t.inPlace(data, was)
	}
	if now, err := t.hash(); err != nil || now != was {
		return "", errors.Join(errChanged, err)
	}
	if err := t.root.Rename(name, t.name); err != nil {
		return "", err
	}
	keep = true
	return "", nil
}

func denied(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// temporary makes an empty file beside the target.
func (t *target) temporary(old fs.FileInfo) (*os.File, error) {
	mode := os.FileMode(0o666) // for a new file the umask decides
	if old != nil {
		mode = 0o600
	}
	base := filepath.Base(t.name)
	name := "." + base[:min(len(base), 100)] + ".jcode-" + rand.Text()[:10]
	return t.root.OpenFile(filepath.Join(filepath.Dir(t.name), name), os.O_CREATE|os.O_EXCL|os.O_WRONLY, mode)
}

// fill writes the temporary file whole and gives it what belongs to the old
// one. It reports false when the owner cannot be kept.
func (t *target) fill(temp *os.File, data []byte, old fs.FileInfo) (owner bool, err error) {
	defer func() { err = errors.Join(err, temp.Close()) }()
	if _, err := temp.Write(data); err != nil {
		return false, err
	}
	if old != nil {
		if !keepOwner(temp, old) {
			return false, nil
		}
		if source, err := t.root.OpenFile(t.name, os.O_RDONLY|openNonblock, 0); err == nil {
			keepAttributes(temp, source)
			_ = source.Close()
		}
		if err := temp.Chmod(old.Mode() & (os.ModePerm | os.ModeSetuid | os.ModeSetgid | os.ModeSticky)); err != nil {
			return false, err
		}
	}
	return true, temp.Sync()
}

func (t *target) inPlace(data []byte, was digest) (err error) {
	if now, err := t.hash(); err != nil || now != was {
		return errors.Join(errChanged, err)
	}
	file, err := t.root.OpenFile(t.name, os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	if _, err := file.Write(data); err != nil {
		return err
	}
	return file.Sync()
}

// forbidden refuses places that the file tools never write to, in any mode: a
// repository's own data, and jcode's credentials.
func (b *bench) forbidden(at location, tool string) error {
	refuse := func(reason string) error {
		return &DeniedError{Access: Access{Tool: tool, Operation: OperationWrite, Path: at.real}, Reason: reason}
	}
	for part := range strings.SplitSeq(filepath.ToSlash(at.real), "/") {
		if strings.EqualFold(part, ".git") {
			return refuse(fmt.Sprintf("%s is git's own data; use git commands", at.shown))
		}
	}
	if b.Home == "" {
		return nil
	}
	for _, name := range []string{"auth.json", "data"} {
		place, err := RealPath(filepath.Join(b.Home, name))
		if err != nil {
			continue
		}
		if _, ok := Inside(place, at.real); ok {
			return refuse(fmt.Sprintf("%s holds credentials; use the login command", at.shown))
		}
	}
	return nil
}
