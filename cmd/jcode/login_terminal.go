package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"sync"
	"time"

	"golang.org/x/term"

	"github.com/jcode-go/jcode/sdk"
)

const (
	ctrlC = 0x03
	// This many Ctrl-C within this time end the login, however busy the
	// vendor's program is.
	giveUpPresses = 3
	giveUpWithin  = 2 * time.Second
)

// lentTerminal is the user's terminal while a vendor's program has it: raw, so
// that every key goes there, Ctrl-C included.
type lentTerminal struct {
	ui      *loginUI
	restore func()
	keys    *keyboard
	ctx     context.Context //nolint:containedctx // its io.Reader has no place for it
	cancel  context.CancelFunc
	resizes chan sdk.TerminalSize
	watcher sync.WaitGroup
	once    sync.Once

	presses []time.Time
	now     func() time.Time
	// full says that the program switched to the alternate screen.
	full bool
}

var errTerminalTaken = errors.New("the terminal was given back")

// Terminal lends the terminal until Exit, or until ctx ends.
func (ui *loginUI) Terminal(ctx context.Context, title string) (sdk.Terminal, error) {
	if err := ui.canAsk(); err != nil {
		return nil, err
	}
	select {
	case ui.asking <- struct{}{}:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if title != "" {
		if err := ui.show(ui.paint.dim(oneLine(title))); err != nil {
			<-ui.asking
			return nil, err
		}
	}
	ui.clear()
	restore, err := ui.c.rawMode()
	if err != nil {
		<-ui.asking
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	t := &lentTerminal{
		ui: ui, restore: restore, keys: ui.keys, ctx: ctx, cancel: cancel,
		resizes: make(chan sdk.TerminalSize, 1), now: time.Now,
	}
	t.watcher.Go(t.watchSize)
	context.AfterFunc(ctx, func() { _ = t.Exit(-1) })
	return t, nil
}

// Read returns what the user types; io.EOF once the terminal is taken back.
func (t *lentTerminal) Read(p []byte) (int, error) {
	n, err := t.keys.read(t.ctx, p)
	if err != nil {
		return 0, io.EOF
	}
	if t.gaveUp(p[:n]) {
		t.ui.giveUp()
		_ = t.Exit(-1)
		return 0, io.EOF
	}
	return n, nil
}

// gaveUp counts Ctrl-C.
func (t *lentTerminal) gaveUp(typed []byte) bool {
	now := t.now()
	for range bytes.Count(typed, []byte{ctrlC}) {
		t.presses = append(t.presses, now)
	}
	n := len(t.presses)
	return n >= giveUpPresses && now.Sub(t.presses[n-giveUpPresses]) <= giveUpWithin
}

// Write shows bytes as they are.
func (t *lentTerminal) Write(p []byte) (int, error) {
	if t.ctx.Err() != nil {
		return 0, errTerminalTaken
	}
	t.ui.mu.Lock()
	defer t.ui.mu.Unlock()
	on, off := bytes.LastIndex(p, []byte("\x1b[?1049h")), bytes.LastIndex(p, []byte("\x1b[?1049l"))
	if on >= 0 || off >= 0 {
		t.full = on > off
	}
	return t.ui.c.err.Write(p)
}

// Resizes delivers each new size, the first one at once.
func (t *lentTerminal) Resizes() <-chan sdk.TerminalSize { return t.resizes }

func (t *lentTerminal) watchSize() {
	defer close(t.resizes)
	changes := make(chan os.Signal, 1)
	defer notifyResize(changes)()
	for {
		if columns, rows, err := term.GetSize(int(t.ui.c.in.Fd())); err == nil {
			select {
			case t.resizes <- sdk.TerminalSize{Rows: rows, Columns: columns}:
			case <-t.ctx.Done():
				return
			}
		}
		select {
		case <-changes:
		case <-t.ctx.Done():
			return
		}
	}
}

// Exit gives the terminal back as it was, with what the program may have left
// switched on switched off. It may be called several times.
func (t *lentTerminal) Exit(int) error {
	t.once.Do(func() {
		t.cancel()
		t.watcher.Wait()
		t.ui.mu.Lock()
		reset := "\x1b[?25h\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?2004l\x1b[0m\r\n"
		if t.full {
			reset = "\x1b[?1049l" + reset
		}
		_, _ = io.WriteString(t.ui.c.err, reset)
		t.ui.mu.Unlock()
		t.restore()
		<-t.ui.asking
	})
	return nil
}
