//go:build unix

package shellout

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// separators make a name a path.
const separators = "/"

var (
	errFolder     = errors.New("it is a folder")
	errNotProgram = errors.New("it is no program file")
)

// candidates are the file names that name may stand for.
func candidates(name string, _ []string) []string { return []string{name} }

// executable reports why path cannot be executed by this user, as far as can be
// seen without doing it.
func executable(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, unix.ENOTDIR):
		return fs.ErrNotExist // a folder of PATH that is a file
	case err != nil:
		return err
	case info.IsDir():
		return errFolder
	case !info.Mode().IsRegular():
		return errNotProgram
	case info.Mode()&0o111 == 0: // root may access everything, but execute only what somebody may
		return fs.ErrPermission
	}
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); errors.Is(err, unix.EACCES) {
		return fs.ErrPermission
	}
	return nil
}
