package shellout

import (
	"bytes"
	"context"
	"errors"
	"io"

	"github.com/jcode-go/jcode/sdk"
)

var (
	// errLast: the caller's function saw the last event.
	errLast = errors.New("last event")
	// errStopping: the program is being ended, what it still says is not wanted.
	errStopping = errors.New("program is being ended")
)

// RunLines runs c and calls line for each line of its standard output that is not
// blank, in order, from the calling goroutine. A line comes without its end and
// without a byte order mark, also the last one of an output that does not end in
// a newline. It is valid until line returns. A line above the limit is left out;
// Exit tells how many were.
//
// When line returns true, the answer is complete: the standard input is closed,
// further output is dropped, and the program gets its grace to leave. Whatever
// happens from then on, the error is nil. When line returns an error, the program
// is ended and RunLines returns that error.
//
// Otherwise the error is nil when the program left by itself, with whatever
// status; of kind cancelled, or network after a deadline, when ctx ended; of kind
// network after a limit.
func RunLines(ctx context.Context, c Command, line func(line []byte) (last bool, err error)) (Exit, error) {
	c = c.withDefaults(DefaultStartLimit)
	leftOut := 0
	exit, err := run(ctx, c, func(output io.Reader) (err error) {
		leftOut, err = readLines(output, c.LineLimit, line)
		return err
	})
	exit.LeftOut = leftOut
	return exit, err
}

// RunText runs c and calls chunk for the pieces of its standard output as they
// come, from the calling goroutine. A piece is valid UTF-8, with U+FFFD for what
// was not, and splits neither a character nor a terminal's escape sequence, so
// that [PlainText] can be applied to each. Blank lines are kept, CRLF becomes LF,
// and the newlines at the very end of the output are dropped.
//
// Such an output has no last event: the end of the process is the end of the
// answer, and Exit says whether it was a good one. Errors are those of RunLines.
func RunText(ctx context.Context, c Command, chunk func(text string) error) (Exit, error) {
	return run(ctx, c.withDefaults(NoLimit), func(output io.Reader) error {
		return readText(output, maxHeld, chunk)
	})
}

// Output is what Collect returns.
type Output struct {
	Exit Exit
	// Stdout is the standard output up to the limit, byte for byte.
	Stdout []byte
	// Truncated says that there was more.
	Truncated bool
}

// Collect runs c and returns at most limit bytes of its standard output; the rest
// is read and dropped. Give ctx a deadline. Errors are those of RunLines, and the
// output up to then comes with them.
func Collect(ctx context.Context, c Command, limit int) (Output, error) {
	var out Output
	var kept bytes.Buffer
	exit, err := run(ctx, c.withDefaults(NoLimit), func(output io.Reader) error {
		_, err := io.CopyN(&kept, output, int64(limit))
		if err != nil {
			return endOf(err)
		}
		n, err := io.Copy(io.Discard, output)
		out.Truncated = n > 0
		return err
	})
	out.Exit, out.Stdout = exit, kept.Bytes()
	return out, err
}

// endOf turns the end of the output into nil.
func endOf(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// run starts c, has its output consumed on this goroutine, and returns when
// nothing is left of it.
func run(ctx context.Context, c Command, consume func(output io.Reader) error) (Exit, error) {
	p, err := start(ctx, c)
	if err != nil {
		return Exit{Program: c.Name, Code: -1}, err
	}
	defer p.abandon() // the consumer may panic
	go p.supervise(ctx)
	err = consume(p)
	p.consumed(err)
	_, _ = io.Copy(io.Discard, p.stdout)
	p.closeOutput()
	<-p.finished
	return p.exit(), p.verdict(ctx, err)
}

// verdict is the error of a run whose consumer returned err.
func (p *process) verdict(ctx context.Context, err error) error {
	stop := p.stopped()
	switch {
	case errors.Is(err, errLast):
		return nil
	case ctx.Err() != nil:
		return cancelled(ctx, p.command)
	case stop == StopStartLimit:
		e := p.command.failure(sdk.KindNetwork, p.command.Name+" printed nothing in "+p.command.StartLimit.String()+p.saying())
		e.Retryable = true
		return e
	case stop == StopIdleLimit:
		return p.command.failure(sdk.KindNetwork, p.command.Name+" has been silent for "+p.command.IdleLimit.String()+p.saying())
	case err != nil && !errors.Is(err, errStopping):
		return err
	case p.isOver() && p.lost != nil:
		e := p.command.failure(sdk.KindInternal, "")
		e.Err = p.lost
		return e
	}
	return nil
}

// saying is the end of standard error for a message.
func (p *process) saying() string {
	if said := p.exit().LastWords(maxStderrInMessage); said != "" {
		return "; its last words: " + said
	}
	return ""
}

func cancelled(ctx context.Context, c Command) *sdk.Error {
	e := c.failure(sdk.KindOf(ctx.Err()), "")
	e.Err = ctx.Err()
	return e
}
