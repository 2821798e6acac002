package shellout

import (
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// What a Command's zero values mean.
const (
	// DefaultStartLimit is how long RunLines waits for the first byte.
	DefaultStartLimit = 90 * time.Second
	// DefaultIdleLimit is how long a program may then say nothing at all.
	DefaultIdleLimit = 10 * time.Minute
	// DefaultExitGrace is how long a program may live after its last event.
	DefaultExitGrace = 5 * time.Second
	// DefaultLineLimit is the longest line in bytes, its end included.
	DefaultLineLimit = 64 << 20
	// DefaultStderrLimit is how many bytes of standard error are kept.
	DefaultStderrLimit = 64 << 10
	// MaxLadder is how long all steps of a ladder may take together.
	MaxLadder = 5 * time.Second
)

// NoLimit switches a limit of a Command off.
const NoLimit time.Duration = -1

// Command says what runs and within which bounds. It is only read; the same
// command may run several times, at the same time too unless it has an Input.
type Command struct {
	// Name is what messages call the program; empty is the base of Path.
	Name string
	// Path is the absolute path of the program, as [Program.Find] returns it.
	Path string
	// Args are the arguments, without the program's own name. No secret goes
	// here: every user of the machine can read them.
	Args []string
	// Dir is the absolute folder that it runs in; empty is this process's own.
	Dir string
	// Environment is the whole environment, see [Environment]. Nil is none.
	Environment []string

	// Stdin is what the program reads from its standard input, a pipe that is
	// closed behind it. Nil is the null device, and an empty slice a pipe at
	// its end: some programs insist on the one, some on the other.
	Stdin []byte
	// Input takes the place of Stdin for programs that are spoken to while they
	// work. It is closed at the last event at the latest.
	Input *Input

	// StartLimit bounds the wait for the first byte of standard output.
	// Zero is DefaultStartLimit for RunLines and none for the others, because
	// a program that prints its whole answer at once is silent until then.
	StartLimit time.Duration
	// IdleLimit bounds every later wait for a byte of standard output or
	// standard error. Neither clock runs while the caller's function does.
	// Zero is DefaultIdleLimit.
	IdleLimit time.Duration
	// ExitGrace is the time from the last event, or from the end of the output,
	// to the end of the process. Zero is DefaultExitGrace, below zero none.
	ExitGrace time.Duration
	// Ladder are the signals that end the program early, one after the other
	// while it lives, then SIGKILL for whatever is left. Nil is SIGTERM and
	// three seconds. Beyond MaxLadder the waits are cut.
	Ladder []Step

	// LineLimit is the longest line that RunLines hands on; longer ones are left
	// out and counted. Zero is DefaultLineLimit.
	LineLimit int
	// StderrLimit is how much of standard error is kept for Exit.Stderr. Zero
	// is DefaultStderrLimit.
	StderrLimit int
	// OnStderr is given the lines of standard error that are not blank, without
	// control bytes and secrets, cut after 4 KiB, at most 200 in a second: how
	// many of a flood were left out is a line too. It is called from a goroutine
	// of its own and must not block. May be nil.
	OnStderr func(line string)
	// Redact are the secrets that the program may print. What looks like a
	// token is hidden anyway.
	Redact []sdk.Secret
}

// Step is one rung of a ladder of signals: send Signal, then wait at most Wait
// for the program to leave. SIGTERM as the last step goes to every descendant,
// whatever its session; every other signal to the program's own group. Windows
// knows one signal, a break event, and ends the job after the last step.
type Step struct {
	Signal syscall.Signal
	Wait   time.Duration
}

// withDefaults returns c with its zero values filled in.
func (c Command) withDefaults(start time.Duration) Command {
	c.Name = orDefault(c.Name, filepath.Base(c.Path))
	c.StartLimit = orDefault(c.StartLimit, start)
	c.IdleLimit = orDefault(c.IdleLimit, DefaultIdleLimit)
	c.ExitGrace = orDefault(c.ExitGrace, DefaultExitGrace)
	c.LineLimit = orDefault(c.LineLimit, DefaultLineLimit)
	c.StderrLimit = orDefault(c.StderrLimit, DefaultStderrLimit)
	if c.Ladder == nil {
		c.Ladder = []Step{{Signal: syscall.SIGTERM, Wait: 3 * time.Second}}
	}
	return c
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// check finds what the system would refuse with a message that says little.
func (c Command) check() *sdk.Error {
	switch {
	case c.Stdin != nil && c.Input != nil:
		return c.failure(sdk.KindInternal, "both Stdin and Input are set")
	case !filepath.IsAbs(c.Path):
		return c.failure(sdk.KindConfiguration, "path "+quote(c.Path)+" is not absolute")
	case c.Dir != "" && !filepath.IsAbs(c.Dir):
		return c.failure(sdk.KindConfiguration, "folder "+quote(c.Dir)+" is not absolute")
	}
	for _, arg := range c.Args {
		if strings.IndexByte(arg, 0) >= 0 {
			return c.failure(sdk.KindInvalidRequest, "an argument holds a NUL byte, which no program can be given")
		}
	}
	for _, entry := range c.Environment {
		if strings.IndexByte(entry, 0) >= 0 {
			name, _, _ := strings.Cut(entry, "=")
			return c.failure(sdk.KindConfiguration, "variable "+quote(name)+" holds a NUL byte")
		}
	}
	return c.checkShim()
}

func (c Command) failure(kind sdk.Kind, message string) *sdk.Error {
	return &sdk.Error{Kind: kind, Op: "run " + c.Name, Message: message}
}
