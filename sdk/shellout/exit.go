package shellout

import (
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"github.com/jcode-go/jcode/sdk"
)

// Stop says why a program was ended before it left by itself.
type Stop string

// The reasons. The zero value means that the program left by itself.
const (
	// StopCancelled: the context was cancelled or its deadline passed.
	StopCancelled Stop = "cancelled"
	// StopStartLimit: nothing came on standard output in StartLimit.
	StopStartLimit Stop = "start limit"
	// StopIdleLimit: the program fell silent for IdleLimit.
	StopIdleLimit Stop = "idle limit"
	// StopCaller: the caller's function returned an error.
	StopCaller Stop = "caller"
	// StopLingering: the program lived on after its last event, or after it
	// had closed its standard output.
	StopLingering Stop = "lingering"
)

// Exit is how a program ended, as far as it is known. It is complete also when
// the run returned an error, except one of starting.
type Exit struct {
	// Program is the name used in messages.
	Program string
	// Code is the exit status, -1 if a signal ended it or it is not known.
	Code int
	// Signal is what ended it; 0 if it returned by itself.
	Signal syscall.Signal
	// Stop is why we ended it. Code and Signal then say little: some programs
	// return 0 after SIGTERM.
	Stop Stop
	// Ended says that the caller's function saw the last event.
	Ended bool
	// LeftOut counts the lines above the limit that were not handed on.
	LeftOut int
	// Output says that something came on standard output.
	Output bool
	// Stderr is the end of standard error, without control bytes and secrets.
	Stderr string
}

// Success reports whether the program left by itself and returned 0.
func (e Exit) Success() bool { return e.Code == 0 && e.Signal == 0 && e.Stop == "" }

// String says how it ended: "exited with status 2", "was killed by SIGKILL".
func (e Exit) String() string {
	switch {
	case e.Signal != 0:
		return "was killed by " + signalName(e.Signal)
	case e.Code < 0:
		return "ended in a way that is not known"
	}
	return "exited with status " + strconv.Itoa(e.Code)
}

// maxStderrInMessage keeps a message one that people read.
const maxStderrInMessage = 2 << 10

// Failure is the error for a program that ended without an answer and without a
// reason that the caller knows better: what it exited with and what it last said
// on standard error, on one line. The kind is internal.
func (e Exit) Failure() *sdk.Error {
	what := e.String()
	if e.Success() {
		what = "produced no answer"
	}
	message := e.Program + " " + what
	if said := e.LastWords(maxStderrInMessage); said != "" {
		message += ": " + said
	}
	return &sdk.Error{Kind: sdk.KindInternal, Message: message}
}

// LastWords is the end of Stderr on one line, at most limit bytes of it, cut
// between words and marked with an ellipsis.
func (e Exit) LastWords(limit int) string {
	text := strings.Join(strings.Fields(e.Stderr), " ")
	if len(text) <= limit {
		return text
	}
	text = text[len(text)-limit:]
	if _, rest, ok := strings.Cut(text, " "); ok {
		text = rest
	}
	return "… " + strings.ToValidUTF8(text, "")
}

// signalNames are those that end a program in practice; the system's own text
// for them ("user defined signal 1") helps nobody.
var signalNames = map[syscall.Signal]string{
	syscall.SIGHUP: "SIGHUP", syscall.SIGINT: "SIGINT", syscall.SIGQUIT: "SIGQUIT", syscall.SIGILL: "SIGILL",
	syscall.SIGTRAP: "SIGTRAP", syscall.SIGABRT: "SIGABRT", syscall.SIGBUS: "SIGBUS", syscall.SIGFPE: "SIGFPE",
	syscall.SIGKILL: "SIGKILL", syscall.SIGSEGV: "SIGSEGV", syscall.SIGPIPE: "SIGPIPE", syscall.SIGALRM: "SIGALRM",
	syscall.SIGTERM: "SIGTERM",
}

func signalName(s syscall.Signal) string {
	if name, ok := signalNames[s]; ok {
		return name
	}
	return fmt.Sprintf("signal %d", int(s))
}
