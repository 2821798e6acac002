package cliprovider

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// stopError ends a run whose program began to wait for somebody, or printed a
// refusal in place of an answer.
type stopError struct {
	failure Failure
	line    string
}

func (e *stopError) Error() string { return e.line }

// attempt is one run of the program.
func (g *generation) attempt(ctx context.Context) outcome {
	release, err := g.provider.runs.Lock(ctx, g.resume)
	if err != nil {
		return outcome{err: err}
	}
	defer release()
	style := g.cli.Style(g.help, g.variables)
	prompt, err := g.limited(style)
	if err != nil {
		return outcome{err: err}
	}
	defer func() { _ = prompt.Remove() }() // in the plugin's own folder, for this user alone
	log, err := g.logFile()
	if err != nil {
		return outcome{err: err}
	}
	defer log.remove()
	turn := Turn{
		Help: g.help, Model: g.model, Resume: g.resume, New: newID(), Mode: g.mode,
		Extra: append(g.extra[:len(g.extra):len(g.extra)], log.args...), Dir: g.dir, Variables: g.variables,
	}
	if !style.Stdin {
		turn.Prompt = prompt.Text
	}
	c := g.command(g.program, g.cli.Arguments(turn)...)
	c.Dir, c.IdleLimit = g.dir, g.idleLimit()
	c.Environment = shellout.Environment(c.Environment, nil, g.cli.TurnSet)
	if style.Stdin {
		c.Stdin = g.input(prompt.Text)
	}
	r := &run{cli: g.cli, name: g.program.name, lines: style.Lines, answer: &Answer{emit: g.stream.Emit, model: g.model}}
	stop, err := r.run(ctx, c)
	r.log = log.tail()
	return g.outcome(r, stop, err)
}

func (g *generation) input(prompt string) []byte {
	if g.cli.Input == nil {
		return []byte(prompt)
	}
	return g.cli.Input(prompt)
}

// idleLimit is how long the program may say nothing: the setting of that name, a
// duration or seconds.
func (g *generation) idleLimit() time.Duration {
	return durationOf(g.config.Settings["idle_timeout"], shellout.DefaultIdleLimit)
}

func durationOf(value string, otherwise time.Duration) time.Duration {
	value = strings.TrimSpace(value)
	if seconds, err := strconv.Atoi(value); err == nil && seconds > 0 {
		return time.Duration(seconds) * time.Second
	}
	if d, err := time.ParseDuration(value); err == nil && d > 0 {
		return d
	}
	return otherwise
}

// run has the program answer. stop is why it was ended early.
func (r *run) run(ctx context.Context, c shellout.Command) (stop *stopError, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c.OnStderr = func(line string) {
		if f, ok := r.cli.stops(line); ok {
			cancel(&stopError{f, line})
		}
	}
	if r.lines {
		decoder := r.cli.NewDecoder(r.answer)
		r.exit, err = shellout.RunLines(ctx, c, func(line []byte) (bool, error) { return r.line(decoder, line) })
	} else {
		head := &plainOutput{run: r}
		r.exit, err = shellout.RunText(ctx, c, head.chunk)
		if err == nil {
			err = head.end()
		}
	}
	if errors.As(context.Cause(ctx), &stop) || errors.As(err, &stop) {
		return stop, nil
	}
	return nil, err
}

// line hands one line to the decoder. What is no JSON object is kept: some programs
// print why they fail to standard output.
func (r *run) line(decoder Decoder, line []byte) (bool, error) {
	line = bytes.TrimSpace(line)
	line = bytes.TrimSpace(bytes.TrimPrefix(line, []byte("stdout:"))) // of some wrappers
	if len(line) > 0 && line[0] == '{' {
		return decoder.Line(line)
	}
	text := shellout.Redact(shellout.PlainText(string(line)))
	r.answer.Noise(text)
	if f, ok := r.cli.stops(text); ok {
		return false, &stopError{f, text}
	}
	return false, nil
}

// outcome judges a run.
func (g *generation) outcome(r *run, stop *stopError, err error) outcome {
	a := r.answer
	if errors.As(err, new(*callerError)) {
		return outcome{err: err}
	}
	o := outcome{shown: a.shown}
	var failed *sdk.Error
	if stop != nil {
		o.stopped, failed = true, r.because(stop.failure, stop.line)
	} else {
		failed = r.failed(err)
	}
	if failed != nil {
		o.err, o.lost, o.rejected = failed, r.lost(), rejectedFlag(r.said())
		g.noteFailure(failed)
		return o
	}
	if len(a.denied) > 0 {
		o.err = g.warn("tools_denied", g.program.name+" did not let its model use "+strings.Join(a.denied, ", ")+
			"; --permission-mode bypass would, where it is listed in its help")
	}
	o.result = sdk.Result{StopReason: sdk.StopEndTurn, Model: a.model, Usage: a.usage}
	o.result.ProviderState = shellout.Conversation{}.Bytes()
	if a.session != "" {
		o.result.ProviderState = shellout.ConversationAfter(g.request, g.dir, a.session).Bytes()
	}
	g.noteSuccess()
	return o
}

// newID is a random UUID, for programs that let their caller name a conversation.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand ends the process instead
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// logFile is where the program logs to, for what it says nowhere else.
type logFile struct {
	path string
	args []string
}

func (g *generation) logFile() (logFile, error) {
	if g.cli.LogFlag == "" || !g.help.Has(g.cli.LogFlag) {
		return logFile{}, nil
	}
	f, err := os.CreateTemp(firstOf(g.config.StateDir, os.TempDir()), "log-*.txt")
	if err != nil {
		return logFile{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: "make log file", Err: err}
	}
	_ = f.Close() // it is empty
	path := filepath.Clean(f.Name())
	return logFile{path, []string{g.cli.LogFlag, path}}, nil
}

// maxLogTail is how much of the end of a log is looked at, in bytes.
const maxLogTail = 64 << 10

// tail is the end of the log, without secrets; empty when there is none.
func (l logFile) tail() string {
	if l.path == "" {
		return ""
	}
	f, err := os.Open(l.path)
	if err != nil {
		return ""
	}
	defer func() { _ = f.Close() }()
	if info, err := f.Stat(); err == nil && info.Size() > maxLogTail {
		_, _ = f.Seek(-maxLogTail, io.SeekEnd)
	}
	data, _ := io.ReadAll(io.LimitReader(f, maxLogTail)) // as much as there is
	return shellout.Redact(shellout.PlainText(string(data)))
}

func (l logFile) remove() {
	if l.path != "" {
		_ = os.Remove(l.path)
	}
}
