package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"time"

	"github.com/jcode-go/jcode/host"
)

// stdinMode says how much `jcode run` wants from standard input.
type stdinMode int

const (
	// stdinAuto reads files, and pipes that say something in time.
	stdinAuto stdinMode = iota
	// stdinWait waits for the end of the input, however long that takes.
	stdinWait
	// stdinNever does not look.
	stdinNever
)

// maxPiped is how much of an endless input is kept before it is given up.
const maxPiped = 256 << 20

// stdinReader reads standard input by the rule that a pipe which nobody writes
// to must not hang jcode: many programs hand their children such a pipe.
type stdinReader struct {
	in       *os.File
	terminal bool
	mode     stdinMode
	// hasPrompt says that there is a prompt without standard input.
	hasPrompt bool
	// warm starts what the run needs anyway, while input is waited for.
	warm  func()
	grace time.Duration
	// limit is how many bytes are kept in memory.
	limit int64
	// waiting is called when input is waited for that has not come.
	waiting func()
}

// pipedText is what came in. Nothing came when total is 0.
type pipedText struct {
	head, tail []byte
	total      int64
	// spool is a temporary file that holds everything, when it is more than
	// the limit.
	spool string
	// endless says that the input was given up at maxPiped.
	endless bool
	// silent says that a pipe stayed silent for the whole grace. late then
	// delivers once if something comes after all.
	silent bool
	late   <-chan struct{}
}

// piped is the text in the form of the host; nil when there is none.
func (t pipedText) piped() *host.PipedInput {
	if t.total == 0 {
		return nil
	}
	return &host.PipedInput{Head: t.head, Tail: t.tail, Total: t.total, Spool: t.spool}
}

// mayWait reports whether read may take a while: what comes is not all there yet.
func (r stdinReader) mayWait() bool {
	if r.in == nil || r.terminal || r.mode == stdinNever {
		return false
	}
	info, err := r.in.Stat()
	return err == nil && info.Mode()&(os.ModeNamedPipe|os.ModeSocket) != 0
}

// read returns what is on standard input. It returns early with ctx's cause.
func (r stdinReader) read(ctx context.Context) (pipedText, error) {
	if r.in == nil || r.terminal || r.mode == stdinNever {
		return pipedText{}, nil
	}
	info, err := r.in.Stat()
	if err != nil { // closed: there is nothing to read
		return pipedText{}, nil //nolint:nilerr // a program may be started without stdin
	}
	stream := startReading(r.in)
	wait := r.grace
	if info.Mode().IsRegular() || r.mode == stdinWait {
		wait = 0
	}
	return r.collect(ctx, stream, wait)
}

// collect waits for the first bytes, for at most the grace where wait is not 0
// and there is a prompt anyway, and then takes everything to the end.
func (r stdinReader) collect(ctx context.Context, stream *inputStream, wait time.Duration) (pipedText, error) {
	var graceOver <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		graceOver = timer.C
	}
	sink := newSpool(r.limit)
	defer sink.close()
	for {
		select {
		case <-ctx.Done():
			sink.discard()
			return pipedText{}, context.Cause(ctx)
		case <-graceOver:
			graceOver = nil
			if r.hasPrompt {
				return pipedText{silent: true, late: stream.late()}, nil
			}
			r.waiting()
		case chunk, open := <-stream.chunks:
			if !open {
				return sink.finish(stream.err)
			}
			graceOver = nil
			if err := sink.add(chunk); err != nil {
				stream.stop()
				sink.discard()
				return pipedText{}, err
			}
			if sink.total >= maxPiped {
				stream.stop()
				text, err := sink.finish(nil)
				text.endless = true
				return text, err
			}
		}
	}
}

// inputStream reads in the background, because a read of a pipe cannot be
// broken off.
type inputStream struct {
	chunks chan []byte
	done   chan struct{}
	// err is set before chunks is closed.
	err error
}

func startReading(in io.Reader) *inputStream {
	s := &inputStream{chunks: make(chan []byte), done: make(chan struct{})}
	go s.pump(in)
	return s
}

func (s *inputStream) pump(in io.Reader) {
	defer close(s.chunks)
	buffer := make([]byte, 64<<10)
	for {
		n, err := in.Read(buffer)
		if n > 0 {
			select {
			case s.chunks <- bytes.Clone(buffer[:n]):
			case <-s.done:
				return
			}
		}
		if err != nil {
			if !errors.Is(err, io.EOF) {
				s.err = err
			}
			return
		}
	}
}

func (s *inputStream) stop() { close(s.done) }

// late delivers once when bytes come that nobody waits for any more.
func (s *inputStream) late() <-chan struct{} {
	late := make(chan struct{}, 1)
	go func() {
		defer close(s.done)
		if _, open := <-s.chunks; open {
			late <- struct{}{}
		}
	}()
	return late
}

var errNUL = &usageError{
	what: "standard input", why: "has NUL bytes: it is not text",
	try: "jcode run -f FILE PROMPT, to attach a file",
}

// readInput explains an error of reading standard input.
func readInput(err error) error {
	var path *fs.PathError
	if errors.As(err, &path) {
		err = path.Err
	}
	return &usageError{what: "read standard input", why: err.Error()}
}
