package install

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// What a plugin may measure.
const (
	// MaxArchiveBytes is the most that is downloaded or read.
	MaxArchiveBytes = 256 << 20
	// MaxTreeBytes is the most that is unpacked.
	MaxTreeBytes = 512 << 20
	// MaxEntries is how many files and folders there may be.
	MaxEntries = 4096
)

// writer puts files into a fresh folder and refuses whatever could lie elsewhere,
// be something else than a file, or be too much. Nothing it writes can leave the
// folder: it goes through an [os.Root], too.
type writer struct {
	root    *os.Root
	entries int
	bytes   int64
	// folded are the names so far, as a file system without case sees them.
	folded map[string]string
}

func newWriter(folder string) (*writer, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, storeError("unpack plugin", err)
	}
	root, err := os.OpenRoot(folder)
	if err != nil {
		return nil, storeError("unpack plugin", err)
	}
	return &writer{root: root, folded: map[string]string{}}, nil
}

func (w *writer) close() { _ = w.root.Close() }

func refused(name, format string, args ...any) error {
	return &Error{
		Op: "unpack plugin", Kind: KindArchive, Detail: fmt.Sprintf("%q: ", name) + fmt.Sprintf(format, args...),
		Remedy: "ask the publisher for an archive of plain files and folders",
	}
}

// file writes one file. size is what the archive says; content may not be longer.
func (w *writer) file(name string, mode fs.FileMode, size int64, content io.Reader) error {
	clean, err := w.admit(name)
	if err != nil {
		return err
	}
	if mode&(fs.ModeSetuid|fs.ModeSetgid) != 0 {
		return refused(name, "a program that changes its user or group")
	}
	if size > MaxTreeBytes-w.bytes {
		return refused(name, "more than %d MiB unpacked", MaxTreeBytes>>20)
	}
	if err := w.folders(path.Dir(clean)); err != nil {
		return err
	}
	permissions := fs.FileMode(0o600)
	if mode&0o111 != 0 {
		permissions = 0o700
	}
	f, err := w.root.OpenFile(clean, os.O_CREATE|os.O_EXCL|os.O_WRONLY, permissions)
	if err != nil {
		return storeError("unpack "+name, w.placed(err))
	}
	n, err := io.Copy(f, io.LimitReader(content, MaxTreeBytes-w.bytes+1))
	w.bytes += n
	if closeErr := f.Close(); err == nil {
		err = closeErr
	}
	switch {
	case err != nil:
		return broken(name, err)
	case w.bytes > MaxTreeBytes:
		return refused(name, "more than %d MiB unpacked", MaxTreeBytes>>20)
	}
	return nil
}

// placed is an error of the root with the whole path of the file.
func (w *writer) placed(err error) error {
	if at, ok := asPathError(err); ok && !filepath.IsAbs(at.Path) {
		return &fs.PathError{Op: at.Op, Path: filepath.Join(w.root.Name(), at.Path), Err: at.Err}
	}
	return err
}

// broken tells a bad archive from a bad disk.
func broken(name string, err error) error {
	if _, onDisk := asPathError(err); onDisk {
		return storeError("unpack "+name, err)
	}
	return &Error{Op: "unpack plugin", Kind: KindArchive, Detail: fmt.Sprintf("%q", name), Err: err, Remedy: "download it again: the archive is damaged"}
}

func (w *writer) folder(name string) error {
	clean, err := w.admit(name)
	if err != nil || clean == "." {
		return err
	}
	return w.folders(clean)
}

// folders makes a folder and those above it.
func (w *writer) folders(name string) error {
	if name == "." {
		return nil
	}
	if err := w.root.MkdirAll(name, 0o700); err != nil {
		return storeError("unpack "+name, w.placed(err))
	}
	return nil
}

// admit checks a name and counts the entry.
func (w *writer) admit(name string) (string, error) {
	if w.entries++; w.entries > MaxEntries {
		return "", refused(name, "more than %d entries", MaxEntries)
	}
	clean, err := checkName(name)
	if err != nil {
		return "", err
	}
	return clean, w.unfold(name, clean)
}

// unfold refuses two names that are one on a file system without case, and a file
// twice. Folders may come again.
func (w *writer) unfold(name, clean string) error {
	for part := clean; part != "."; part = path.Dir(part) {
		key := strings.ToLower(part)
		if before, ok := w.folded[key]; ok && before != part {
			return refused(name, "differs from %q in case only", before)
		}
		w.folded[key] = part
	}
	return nil
}

// checkName returns the clean form of an entry's name.
func checkName(name string) (string, error) {
	switch {
	case name == "":
		return "", refused(name, "an entry without a name")
	case len(name) > 1024:
		return "", refused(name[:40]+"…", "a name of %d bytes", len(name))
	case strings.ContainsAny(name, "\\\x00:") || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }):
		return "", refused(name, "a character that no file name may hold everywhere")
	case path.IsAbs(name):
		return "", refused(name, "an absolute path")
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return "", refused(name, "a path that leaves the folder")
		}
		if reserved(part) {
			return "", refused(name, "%q is a device on Windows", part)
		}
		if part != "." && (strings.HasSuffix(part, ".") || strings.HasSuffix(part, " ")) {
			return "", refused(name, "a name that ends in a dot or a space")
		}
	}
	return path.Clean(name), nil
}

// reserved reports whether Windows takes a file name for a device.
func reserved(part string) bool {
	base, _, _ := strings.Cut(part, ".")
	base = strings.ToUpper(strings.TrimSpace(base))
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	return len(base) == 4 && (strings.HasPrefix(base, "COM") || strings.HasPrefix(base, "LPT")) && base[3] >= '0' && base[3] <= '9'
}
