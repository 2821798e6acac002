package credfile

import (
	"errors"
	"os"
	"time"

	"golang.org/x/sys/windows"
)

const modesCount = false

const (
	renameTries = 20
	renamePause = 25 * time.Millisecond
)

// rename tries again while somebody else has the file open, a virus scanner for
// example, which Windows does not allow.
func rename(from, to string) error {
	var err error
	for range renameTries {
		if err = os.Rename(from, to); !busy(err) {
			break
		}
		time.Sleep(renamePause)
	}
	if le := (*os.LinkError)(nil); errors.As(err, &le) {
		return le.Err
	}
	return err
}

func busy(err error) bool {
	return errors.Is(err, windows.ERROR_SHARING_VIOLATION) ||
		errors.Is(err, windows.ERROR_LOCK_VIOLATION) ||
		errors.Is(err, windows.ERROR_ACCESS_DENIED)
}

// syncFolder does nothing: Windows has no such thing, its renames are journaled.
func syncFolder(string) error { return nil }

func keepOwner(*os.File, string) {}
