package launch

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
)

// socketRoom is what is added to the base folder: "/PID-RANDOM/pluginNNNNNNNNNN".
// maxSocketPath is what the strictest system, macOS, takes.
const (
	socketRoom    = 1 + 7 + 1 + 8 + 1 + 16
	maxSocketPath = 103
)

// folder is the private folder of one start. The lock on it tells the janitor that
// somebody is at work.
type folder struct {
	path string
	lock *os.File // nil where folders cannot be locked
	once sync.Once
}

var folderPattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{1,10}-[0-9a-f]{8}$`)
})

// newFolder makes a private folder under JCODE_HOME/run, or elsewhere when a
// socket's path would be too long there, or nothing can be written.
func newFolder(home string, environ []string) (*folder, error) {
	base, err := runFolder(home, environ)
	if err != nil {
		return nil, err
	}
	for range 10 {
		var random [4]byte
		_, _ = rand.Read(random[:]) // never fails
		path := filepath.Join(base, fmt.Sprintf("%d-%s", os.Getpid(), hex.EncodeToString(random[:])))
		err := os.Mkdir(path, 0o700)
		if err != nil && readOnly(err) && base == filepath.Join(home, "run") { // made while it could be
			if base, err = shortFolder(environ); err == nil {
				continue
			}
		}
		if errors.Is(err, os.ErrExist) {
			continue
		} else if err != nil {
			return nil, fmt.Errorf("make socket folder: %w", err)
		}
		lock, ok := lockFolder(path)
		if !ok {
			continue // a janitor was quicker than the lock: it removes the folder
		}
		return &folder{path: path, lock: lock}, nil
	}
	return nil, fmt.Errorf("make socket folder in %s: no free name", base)
}

// remove removes the folder with all in it. It may be called several times.
func (f *folder) remove() {
	f.once.Do(func() {
		_ = os.RemoveAll(f.path)
		if f.lock != nil {
			_ = f.lock.Close()
		}
	})
}

// PrivateFolder makes a folder under JCODE_HOME/run that only this user can enter,
// short enough for a socket, and returns it with what removes it. What a killed
// process leaves is removed by [Sweep].
func PrivateFolder(home string, environ []string) (path string, remove func(), err error) {
	f, err := newFolder(home, environ)
	if err != nil {
		return "", nil, err
	}
	return f.path, f.remove, nil
}

// runFolder returns the folder in which private folders are made, and makes it.
func runFolder(home string, environ []string) (string, error) {
	base := filepath.Join(home, "run")
	if len(base)+socketRoom <= maxSocketPath {
		err := os.MkdirAll(base, 0o700)
		if err == nil {
			return base, nil
		}
		if !readOnly(err) {
			return "", fmt.Errorf("make run folder: %w", err)
		}
	}
	return shortFolder(environ)
}

// readOnly reports whether a file system or its modes refuse a write.
func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS)
}

// shortFolder is $XDG_RUNTIME_DIR/jcode, else a folder of the user's own in /tmp.
// Whoever else owns that name there does not get our sockets.
func shortFolder(environ []string) (string, error) {
	for _, entry := range environ {
		dir, ok := strings.CutPrefix(entry, "XDG_RUNTIME_DIR=")
		base := filepath.Join(dir, "jcode")
		if ok && filepath.IsAbs(dir) && len(base)+socketRoom <= maxSocketPath && makePrivate(base) == nil {
			return base, nil
		}
	}
	base := filepath.Join(shortTemp(), fmt.Sprintf("jcode-%d", os.Getuid()))
	if err := makePrivate(base); err != nil {
		return "", fmt.Errorf("make run folder: %w", err)
	}
	return base, nil
}

// makePrivate makes path, or accepts it if it is a folder of this user that nobody
// else can enter.
func makePrivate(path string) error {
	if err := os.Mkdir(path, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	info, err := os.Lstat(path)
	if err != nil {
		return err
	}
	if !info.IsDir() || !private(info) {
		return fmt.Errorf("%s is not a private folder of this user", path)
	}
	return nil
}

// Sweep removes the folders that dead hosts left in the run folder and returns how
// many. A folder whose owner lives is locked and stays.
func Sweep(home string, environ []string) int {
	base, err := runFolder(home, environ)
	if err != nil {
		return 0
	}
	return sweep(base)
}

// maxSwept bounds the work that one start does for others.
const maxSwept = 200

func sweep(base string) int {
	entries, err := os.ReadDir(base)
	if err != nil {
		return 0
	}
	swept := 0
	for i, entry := range entries {
		if i >= maxSwept {
			break
		}
		if entry.IsDir() && folderPattern().MatchString(entry.Name()) && sweepOne(filepath.Join(base, entry.Name())) {
			swept++
		}
	}
	return swept
}

func sweepOne(path string) bool {
	lock, free := lockFolder(path)
	if !free || lock == nil {
		return false
	}
	defer func() { _ = lock.Close() }()
	return os.RemoveAll(path) == nil
}
