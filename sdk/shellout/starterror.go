package shellout

import (
	"bufio"
	"context"
	"errors"
	"io/fs"
	"os"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
)

// startError says why c could not be started, so that its kind decides and its
// message helps. The system's own texts blame the file for nearly everything.
func startError(ctx context.Context, c Command, err error) *sdk.Error {
	if ctx.Err() != nil {
		return cancelled(ctx, c)
	}
	e := c.failure(sdk.KindInternal, "")
	e.Err = err
	var pe *fs.PathError
	if !errors.As(err, &pe) {
		if errors.Is(err, guard.ErrNoMain) {
			e.Remedy = "call guard.Main or plugin.Serve first in main"
		}
		return e
	}
	if pe.Op == "chdir" {
		e.Kind, e.Message, e.Err = sdk.KindConfiguration, "cannot work in folder "+pe.Path, pe.Err
		return e
	}
	e.Err = pe.Err
	switch {
	case errors.Is(pe.Err, fs.ErrNotExist):
		e.Kind, e.Message = sdk.KindCLIMissing, whatIsMissing(c.Path)
	case isAny(pe.Err, wrongMachine):
		e.Kind, e.Message = sdk.KindCLIMissing, c.Path+" is not a program for this machine; install it again"
	case isAny(pe.Err, tooLong):
		e.Kind, e.Message = sdk.KindContextTooLong, "the prompt is too long for a command line"
	case errors.Is(pe.Err, fs.ErrPermission) || isAny(pe.Err, notAllowed):
		e.Kind, e.Message = sdk.KindConfiguration, c.Path+" may not be executed"
	case isAny(pe.Err, passing):
		e.Message, e.Retryable = "the system cannot start a process just now", true
	default:
		e.Message = "start " + c.Path
	}
	return e
}

func isAny[E error](err error, list []E) bool {
	for _, e := range list {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// maxInterpreterLine is what systems read of the first line of a script.
const maxInterpreterLine = 256

// whatIsMissing tells a program that is not there from one whose interpreter is
// not there; the system has one answer for both.
func whatIsMissing(path string) string {
	f, err := os.Open(path)
	if err != nil {
		return "there is no program " + path
	}
	defer func() { _ = f.Close() }()
	line, _ := bufio.NewReaderSize(f, maxInterpreterLine).ReadSlice('\n')
	if interpreter, ok := strings.CutPrefix(string(line), "#!"); ok {
		if fields := strings.Fields(interpreter); len(fields) > 0 {
			return path + " needs " + PlainText(fields[0]) + ", which is not installed"
		}
	}
	return path + " needs a loader that is not installed; it may be built for another system"
}
