package credfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// replace writes a file so that a crash leaves the old or the new one: a new file
// in the same folder, on disk before it takes the name.
//
// It is not renameio, which this follows, because that neither syncs the folder
// nor works on Windows, and keeps a mode that this must narrow to 0600.
func replace(target string, text []byte) error {
	removeLeftovers(target)
	f, err := os.CreateTemp(filepath.Dir(target), leftoverPrefix(target)+"*") // O_EXCL, 0600
	if err != nil {
		return fmt.Errorf("write %s: %w", target, cause(err))
	}
	if err := errors.Join(fill(f, target, text), f.Close()); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("write %s: %w", target, cause(err))
	}
	if err := rename(f.Name(), target); err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("replace %s: %w", target, err)
	}
	if err := syncFolder(filepath.Dir(target)); err != nil {
		return fmt.Errorf("sync folder of %s: %w", target, cause(err))
	}
	return nil
}

func fill(f *os.File, target string, text []byte) error {
	if _, err := f.Write(text); err != nil {
		return err
	}
	keepOwner(f, target)
	return f.Sync()
}

func leftoverPrefix(target string) string { return "." + filepath.Base(target) + ".tmp-" }

// removeLeftovers removes what a writer left that was killed before its rename.
// The lock is held, so none of them is in use.
func removeLeftovers(target string) {
	entries, err := os.ReadDir(filepath.Dir(target))
	if err != nil {
		return // writing will say it
	}
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), leftoverPrefix(target)) {
			_ = os.Remove(filepath.Join(filepath.Dir(target), e.Name()))
		}
	}
}

// setAside gives a broken file another name that is still free.
func setAside(target string, now time.Time) (string, error) {
	base := target + ".corrupt-" + now.UTC().Format("20060102T150405Z")
	aside := base
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, fs.ErrNotExist) {
			break
		}
		aside = fmt.Sprintf("%s-%d", base, n)
	}
	if err := rename(target, aside); err != nil {
		return "", fmt.Errorf("set aside %s: %w", target, err)
	}
	return aside, nil
}
