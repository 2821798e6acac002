package main

import (
	"context"
	"io"
	"os"
	"sync"

	"golang.org/x/term"
)

// keyboard reads what is typed. A read of a terminal cannot be broken off, so
// one goroutine reads for the rest of the program, and whoever asks at the
// moment gets what comes.
type keyboard struct {
	in     *os.File
	once   sync.Once
	chunks chan []byte
	err    error

	mu sync.Mutex
	// rest is what the last reader did not take.
	rest []byte
}

func newKeyboard(in *os.File) *keyboard {
	return &keyboard{in: in, chunks: make(chan []byte)}
}

func (k *keyboard) pump() {
	defer close(k.chunks)
	for {
		buffer := make([]byte, 1024)
		n, err := k.in.Read(buffer)
		if n > 0 {
			k.chunks <- buffer[:n]
		}
		if err != nil {
			k.err = err
			return
		}
	}
}

// read is like io.Reader's Read, and returns ctx's error when that ends first.
func (k *keyboard) read(ctx context.Context, p []byte) (int, error) {
	k.once.Do(func() { go k.pump() })
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.rest) == 0 {
		select {
		case <-ctx.Done():
			return 0, context.Cause(ctx)
		case chunk, open := <-k.chunks:
			if !open {
				return 0, k.err
			}
			k.rest = chunk
		}
	}
	n := copy(p, k.rest)
	k.rest = k.rest[n:]
	return n, nil
}

// drain forgets what was typed before a question was there to be answered.
func (k *keyboard) drain() {
	forgetTyped(k.in)
	k.mu.Lock()
	defer k.mu.Unlock()
	k.rest = nil
	select {
	case <-k.chunks:
	default:
	}
}

// lineTerminal is a line editor's view of the terminal for one question.
type lineTerminal struct {
	io.Writer
	ctx  context.Context //nolint:containedctx // io.Reader has no place for it
	keys *keyboard
}

func (t lineTerminal) Read(p []byte) (int, error) { return t.keys.read(t.ctx, p) }

// rawMode takes echo and line editing from the terminal until restore is
// called, which may be more than once. A second signal restores it too.
func (c *command) rawMode() (restore func(), err error) {
	fd := int(c.in.Fd())
	state, err := term.MakeRaw(fd)
	if err != nil {
		return nil, err
	}
	var once sync.Once
	back := func() { once.Do(func() { _ = term.Restore(fd, state) }) }
	forget := c.signals.atExit(back)
	return func() { back(); forget() }, nil
}
