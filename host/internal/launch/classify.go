package launch

import (
	"bufio"
	"context"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// explain turns a failed start into an [*Error]. The process is gone by now, and
// the pumps have read all it said.
func (a *attempt) explain(ctx context.Context, err error) error {
	var own *Error
	var exec *startError
	switch {
	case errors.As(err, &own):
		own.Stderr = a.said()
		return own
	case errors.As(err, &exec):
		return a.explainExec(exec)
	}
	e := &Error{Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonInternal, Err: err, Stderr: a.said()}
	if a.stdout != nil {
		if head, line, refused := a.stdout.said(); refused != nil || (!line && strings.TrimSpace(head) != "") {
			a.explainStdout(e, head, refused)
			return e
		}
	}
	switch {
	case errors.Is(context.Cause(ctx), errStartTimeout), errors.Is(err, context.DeadlineExceeded):
		a.explainTimeout(e)
	case a.endedItself:
		a.explainExit(e)
	case a.stdout != nil && a.stdout.mute():
		e.Reason, e.Detail = ReasonTransport, "it closed its standard output without a handshake"+a.stderrSuffix()
		e.Remedy = a.runByHand()
	default:
		a.explainConnection(e)
	}
	return e
}

func (a *attempt) said() string {
	if a.stderr == nil {
		return ""
	}
	return a.stderr.ring.tail()
}

func (a *attempt) explainStdout(e *Error, head string, refused error) {
	switch {
	case refused == nil, errors.Is(refused, errNoHandshake):
		e.Reason = ReasonWroteText
		e.Detail = a.redact.Text(quote(head))
		if e.Detail == "" {
			e.Detail = "an empty line"
		}
		if a.endedItself {
			e.Detail += ", " + a.status.String()
		}
		e.Detail += a.stderrSuffix()
		e.Remedy = "the program must write nothing on standard output before it serves; is " + a.plugin.Path + " a provider plugin?"
	case errors.Is(refused, errProtocol):
		e.Reason = ReasonProtocol
		theirs := []int{a.handshake.protocol}
		e.Detail = fmt.Sprintf("it speaks protocol %s, this jcode speaks %s",
			discover.FormatProtocols(theirs), discover.FormatProtocols(Protocols()))
		e.Remedy = discover.ProtocolRemedy(theirs, Protocols())
	default:
		e.Reason, e.Detail = ReasonTransport, refused.Error()
		e.Remedy = "ask the author of the plugin for a build with a current SDK"
	}
}

func (a *attempt) explainExit(e *Error) {
	e.Reason = ReasonExited
	switch {
	case a.handshake.network != "":
		e.Reason = ReasonCrashed
	case a.status.signal != 0:
		e.Reason = ReasonSignal
	}
	e.Detail = a.status.String() + a.stderrSuffix()
	if a.status.signal == syscall.SIGKILL && a.handshake.network == "" {
		e.Remedy = "the system killed it: out of memory, or not allowed to run (macOS: xattr -d com.apple.quarantine " + a.plugin.Path + ")"
		return
	}
	e.Remedy = a.runByHand()
	if words := shebang(a.plugin.Path); a.status.code == exitNotFound && len(words) > 0 && interpreterOf(a.plugin.Path, a.options.Environ) == "" {
		e.Reason, e.Remedy = ReasonInterpreter, "install "+quote(words[len(words)-1])+", and see that it is in PATH"
	}
}

// exitNotFound is the status of env, and of shells, where there is no such program.
const exitNotFound = 127

func (a *attempt) explainTimeout(e *Error) {
	e.Reason = ReasonTimeout
	e.Detail = fmt.Sprintf("no handshake within %v", a.options.startTimeout())
	if a.handshake.network != "" {
		e.Detail = "it made the handshake, but did not answer the first call"
	}
	e.Detail += a.stderrSuffix()
	e.Remedy = a.runByHand()
}

func (a *attempt) explainConnection(e *Error) {
	var call *connectError
	if errors.As(e.Err, &call) {
		e.Reason = ReasonTransport
	}
	e.Detail = a.redact.Text(printable(e.Err.Error())) + a.stderrSuffix()
	e.Remedy = a.runByHand()
}

func (a *attempt) runByHand() string { return "run it by hand to see what it says: " + a.plugin.Path }

// stderrSuffix quotes the line of standard error that says most.
func (a *attempt) stderrSuffix() string {
	if q := quoteCause(a.said()); q != "" {
		return ": " + q
	}
	return ""
}

// quoteCause prefers the first line of a Go panic, after which comes only the
// stack, over the last line.
func quoteCause(text string) string {
	for line := range strings.Lines(text) {
		if beginsPanic(line) {
			return quote(line)
		}
	}
	return quoteLast(text)
}

// explainExec explains why the system did not execute the program.
func (a *attempt) explainExec(exec *startError) error {
	err := exec.err
	e := &Error{Plugin: a.plugin.Name, Path: a.plugin.Path, Reason: ReasonInternal, Err: err, Remedy: "check " + a.plugin.Path}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		e.Reason = ReasonInterpreter
		e.Detail = interpreter(a.plugin.Path, a.binary.script)
		e.Remedy = "install it, or a build that is linked statically"
	case errors.Is(err, syscall.ENOEXEC):
		e.Reason, e.Detail = ReasonExecFormat, a.plugin.Path
		e.Remedy = "install the build for this machine"
	case errors.Is(err, fs.ErrPermission) && exec.noExec:
		e.Reason, e.Detail = ReasonNoExecMount, a.plugin.Path
		e.Remedy = "move it to another file system, or mount that one without noexec"
	case errors.Is(err, fs.ErrPermission):
		e.Reason, e.Detail = ReasonNotExecutable, a.plugin.Path
		e.Remedy = "chmod +x " + a.plugin.Path
	case errors.Is(err, syscall.ETXTBSY):
		e.Detail = a.plugin.Path + " is still being written"
		e.Remedy = "try again when it is complete"
	}
	return e
}

// interpreter names what the program needs in order to run.
func interpreter(path string, script bool) string {
	f, err := os.Open(path)
	if err != nil {
		return path
	}
	defer func() { _ = f.Close() }()
	if script {
		line, _ := bufio.NewReaderSize(f, 256).ReadSlice('\n')
		return path + " needs " + quote(strings.TrimPrefix(string(line), "#!"))
	}
	program, err := elf.NewFile(f)
	if err != nil {
		return path
	}
	for _, segment := range program.Progs {
		if segment.Type != elf.PT_INTERP || segment.Filesz > 4096 {
			continue
		}
		name := make([]byte, segment.Filesz)
		if _, err := segment.ReadAt(name, 0); err == nil {
			return path + " needs " + quote(strings.TrimRight(string(name), "\x00"))
		}
	}
	return path
}
