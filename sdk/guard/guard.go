package guard

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
)

// What Coverage can say.
const (
	EveryDescendant  = "every descendant"
	ProcessGroupOnly = "process group only"
	JobObject        = "job object"
)

// Errors that a caller can act on.
var (
	// ErrNoMain means that the program did not call Main first in main.
	ErrNoMain = errors.New("start guardian: guard.Main was not called first in main")
	// ErrLost means that the guardian itself was killed. The command was killed
	// with it as far as the system allows, its exit is not known.
	ErrLost = errors.New("guardian was killed")
	// ErrDone means that the command is over, so there is nothing to signal.
	ErrDone = errors.New("command is over")
)

// Command says what Start runs. The files stay the caller's, who may close them
// once Start has returned. The command gets no other file, also none that the
// program inherited itself.
type Command struct {
	// Path is the absolute path of the program; nothing is looked up.
	Path string
	// Args is the whole argv, the name included. Empty means Path alone.
	Args []string
	// Env is the whole environment. Nil is an empty one, not the caller's.
	Env []string
	// Dir is where it runs; empty is the caller's working directory.
	Dir string
	// Stdin, Stdout and Stderr are handed over as they are; nil is the null device.
	Stdin, Stdout, Stderr *os.File
	// ExtraFiles become descriptors 3 and up. Not on Windows.
	ExtraFiles []*os.File
	// Terminal makes Stdin, which must be a terminal, the controlling terminal of
	// the command. Not on Windows.
	Terminal bool
	// Landlock is a Landlock ruleset that the command is put under, and with it all
	// that it starts; nil is none. The command does not get the file itself. Linux
	// only: elsewhere Start fails.
	Landlock *os.File
	// RemoveFolders are absolute paths that are removed with all their content
	// when nothing of the tree is left, whoever ended it. Meant for the folder of
	// a socket. Not on Windows.
	RemoveFolders []string
	// OrphanFolders are removed likewise, but only when the calling program died:
	// while it lives they are its own affair. They need not exist. Not on Windows.
	OrphanFolders []string
}

// Exit is how a command ended.
type Exit struct {
	// Code is what it returned, -1 if a signal ended it.
	Code int
	// Signal is what ended it, 0 if it returned by itself.
	Signal syscall.Signal
}

// Success reports whether the command returned 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 }

// String says it as a shell's user knows it: "exit status 2", "signal: killed".
func (e Exit) String() string {
	if e.Signal != 0 {
		return "signal: " + e.Signal.String()
	}
	return fmt.Sprintf("exit status %d", e.Code)
}

// prepared returns c with its defaults filled in, or what is wrong with it.
func (c Command) prepared() (Command, error) {
	if !filepath.IsAbs(c.Path) {
		return c, fmt.Errorf("start %q: path is not absolute", c.Path)
	}
	if c.Landlock != nil && runtime.GOOS != "linux" {
		return c, fmt.Errorf("start %s: Landlock is there on Linux only", c.Path)
	}
	if len(c.Args) == 0 {
		c.Args = []string{c.Path}
	}
	for _, f := range slices.Concat(c.RemoveFolders, c.OrphanFolders) {
		if clean := filepath.Clean(f); !filepath.IsAbs(f) || clean == filepath.Dir(clean) {
			return c, fmt.Errorf("start %s: refuse to remove folder %q", c.Path, f)
		}
	}
	c.Env = withoutMarker(c.Env)
	return c, c.setDir()
}

// setDir makes Dir absolute and checks it, because a failed chdir is reported as
// if the program were missing.
func (c *Command) setDir() error {
	dir, err := filepath.Abs(c.Dir)
	if err != nil {
		return fmt.Errorf("start %s: find working directory: %w", c.Path, err)
	}
	info, err := os.Stat(dir)
	if err == nil && !info.IsDir() {
		err = &os.PathError{Path: dir, Err: syscall.ENOTDIR}
	}
	if pe := (*os.PathError)(nil); errors.As(err, &pe) {
		pe.Op = "chdir"
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", c.Path, err)
	}
	c.Dir = dir
	return nil
}

// The marks of a guardian. Both are needed, so that no prompt and no inherited
// variable alone can turn the program into one.
const (
	argMarker = "__jcode_guard"
	envMarker = "JCODE_GUARD"
)

func withoutMarker(env []string) []string {
	kept := make([]string, 0, len(env))
	for _, kv := range env {
		if !strings.HasPrefix(kv, envMarker+"=") {
			kept = append(kept, kv)
		}
	}
	return kept
}
