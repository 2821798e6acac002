package install

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// archiveKind is how a file is packed.
type archiveKind int

const (
	noArchive archiveKind = iota
	tarGzip
	zipFile
	otherArchive
)

// magics are the first bytes of packed files: what is in a file counts, not its
// name.
var magics = []struct {
	bytes string
	kind  archiveKind
}{
	{"\x1f\x8b", tarGzip},
	{"PK\x03\x04", zipFile},
	{"PK\x05\x06", zipFile},
	{"\xfd7zXZ\x00", otherArchive},
	{"(\xb5/\xfd", otherArchive},
	{"BZh", otherArchive},
	{"7z\xbc\xaf", otherArchive},
	{"Rar!", otherArchive},
}

func kindOf(head []byte) archiveKind {
	for _, magic := range magics {
		if bytes.HasPrefix(head, []byte(magic.bytes)) {
			return magic.kind
		}
	}
	if len(head) > 262 && string(head[257:262]) == "ustar" {
		return otherArchive
	}
	return noArchive
}

func fileKind(path string) (archiveKind, error) {
	f, err := os.Open(path)
	if err != nil {
		return noArchive, err
	}
	defer func() { _ = f.Close() }()
	head := make([]byte, 512)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return noArchive, err
	}
	return kindOf(head[:n]), nil
}

// unpack puts the archive at path into folder.
func unpack(path string, kind archiveKind, folder string) error {
	if info, err := os.Stat(path); err == nil && info.Size() > MaxArchiveBytes {
		return refused(filepath.Base(path), "an archive of more than %d MiB", MaxArchiveBytes>>20)
	}
	w, err := newWriter(folder)
	if err != nil {
		return err
	}
	defer w.close()
	if kind == zipFile {
		return unzip(path, w)
	}
	return untar(path, w)
}

func untar(path string, w *writer) error {
	f, err := os.Open(path)
	if err != nil {
		return storeError("open archive", err)
	}
	defer func() { _ = f.Close() }()
	zipped, err := gzip.NewReader(bufio.NewReader(f))
	if err != nil {
		return broken(filepath.Base(path), err)
	}
	// A bomb is stopped before the entries' own limits: headers are bytes as well.
	limited := &io.LimitedReader{R: zipped, N: MaxTreeBytes + MaxEntries*2048}
	reader := tar.NewReader(limited)
	for {
		header, err := reader.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil && limited.N <= 0:
			return refused(filepath.Base(path), "more than %d MiB unpacked", MaxTreeBytes>>20)
		case err != nil:
			return broken(filepath.Base(path), err)
		}
		if err := tarEntry(header, reader, w); err != nil {
			return err
		}
	}
}

var tarTypes = map[byte]string{
	tar.TypeSymlink: "a symbolic link", tar.TypeLink: "a hard link", tar.TypeChar: "a device",
	tar.TypeBlock: "a device", tar.TypeFifo: "a pipe",
}

func tarEntry(h *tar.Header, content io.Reader, w *writer) error {
	mode := h.FileInfo().Mode()
	switch h.Typeflag {
	case tar.TypeReg:
		return w.file(h.Name, mode, h.Size, content)
	case tar.TypeDir:
		return w.folder(strings.TrimSuffix(h.Name, "/"))
	case tar.TypeXGlobalHeader:
		return nil // what git archive writes
	}
	what := tarTypes[h.Typeflag]
	if what == "" {
		what = fmt.Sprintf("an entry of type %q", h.Typeflag)
	}
	return refused(h.Name, "%s", what)
}

func unzip(path string, w *writer) error {
	reader, err := zip.OpenReader(path)
	if err != nil {
		return broken(filepath.Base(path), err)
	}
	defer func() { _ = reader.Close() }()
	if len(reader.File) > MaxEntries {
		return refused(filepath.Base(path), "more than %d entries", MaxEntries)
	}
	for _, f := range reader.File {
		if err := zipEntry(f, w); err != nil {
			return err
		}
	}
	return nil
}

func zipEntry(f *zip.File, w *writer) error {
	mode := f.Mode()
	switch {
	case strings.HasSuffix(f.Name, "/"):
		return w.folder(strings.TrimSuffix(f.Name, "/"))
	case mode&fs.ModeSymlink != 0:
		return refused(f.Name, "a symbolic link")
	case mode&fs.ModeType != 0:
		return refused(f.Name, "neither a file nor a folder")
	case f.UncompressedSize64 > MaxTreeBytes:
		return refused(f.Name, "more than %d MiB unpacked", MaxTreeBytes>>20)
	}
	content, err := f.Open()
	if err != nil {
		return broken(f.Name, err)
	}
	defer func() { _ = content.Close() }()
	return w.file(f.Name, mode, int64(f.UncompressedSize64), content)
}

// copyFolder puts the files of a folder on disk into folder.
func copyFolder(from, folder string) error {
	w, err := newWriter(folder)
	if err != nil {
		return err
	}
	defer w.close()
	return filepath.WalkDir(from, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return storeError("read folder", err)
		}
		name, err := filepath.Rel(from, path)
		if err != nil || name == "." {
			return err
		}
		name = filepath.ToSlash(name)
		switch {
		case entry.IsDir() && entry.Name() == ".git":
			return filepath.SkipDir
		case entry.IsDir():
			return w.folder(name)
		case entry.Type()&fs.ModeSymlink != 0:
			return refused(name, "a symbolic link")
		case !entry.Type().IsRegular():
			return refused(name, "neither a file nor a folder")
		}
		return copyFile(w, path, name)
	})
}

func copyFile(w *writer, path, name string) error {
	f, err := os.Open(path)
	if err != nil {
		return storeError("read plugin", err)
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return storeError("read plugin", err)
	}
	return w.file(name, info.Mode(), info.Size(), f)
}

func asPathError(err error) (*fs.PathError, bool) {
	var pathError *fs.PathError
	return pathError, errors.As(err, &pathError)
}
