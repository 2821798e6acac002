package main

import (
	"context"
	"errors"
	"os"
	"os/signal"
	"sync"
	"sync/atomic"
	"syscall"
)

// signalError says that a signal ended the command.
type signalError struct{ signal syscall.Signal }

// Error names the signal.
func (e *signalError) Error() string {
	if e.signal == syscall.SIGINT {
		return "interrupted"
	}
	return e.signal.String()
}

// errReaderGone says that whoever read stdout went away.
var errReaderGone = errors.New("the reader of stdout went away")

// signalWatch ends a context at the first signal and the program at the second.
type signalWatch struct {
	first  atomic.Pointer[signalError]
	cancel context.CancelCauseFunc
	done   chan struct{}
	// caught is closed once signals come here; until then they end the program, which
	// has done nothing yet.
	caught chan struct{}
	once   sync.Once

	mu sync.Mutex
	// last undoes what must not outlive the program: raw mode, a status line.
	last []func()
}

// watchSignals returns a context that the first SIGINT, SIGTERM or SIGHUP ends,
// with a *signalError as its cause. A second one calls exit at once. A signal
// that was ignored when the program began stays so: nohup, and jobs that a
// script put in the background, mean it.
func watchSignals(parent context.Context, exit func(int)) (context.Context, *signalWatch) {
	ctx, cancel := context.WithCancelCause(parent)
	w := &signalWatch{cancel: cancel, done: make(chan struct{}), caught: make(chan struct{})}
	go w.loop(exit)
	return ctx, w
}

// catch begins to catch signals. Each takes a switch to a thread of the runtime's and
// back, a millisecond in all, which the start of the program need not wait for.
func (w *signalWatch) catch() chan os.Signal {
	defer close(w.caught)
	signals := make(chan os.Signal, 4)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	catchBrokenPipe()
	return signals
}

// await returns once signals are caught. Whoever starts something that a signal must
// end calls it first.
func (w *signalWatch) await() {
	if w != nil {
		<-w.caught
	}
}

func (w *signalWatch) loop(exit func(int)) {
	signals := w.catch()
	defer signal.Stop(signals)
	for {
		select {
		case <-w.done:
			return
		case s := <-signals:
			number, ok := s.(syscall.Signal)
			if !ok {
				continue
			}
			err := &signalError{number}
			if !w.first.CompareAndSwap(nil, err) {
				w.undo()
				exit(signalExit(number))
				return
			}
			w.cancel(err)
		}
	}
}

// interrupt does what a first SIGINT does: while a question is open, Ctrl-C is only
// a key.
func (w *signalWatch) interrupt() {
	err := &signalError{syscall.SIGINT}
	if w.first.CompareAndSwap(nil, err) {
		w.cancel(err)
	}
}

// stop gives the signals back.
func (w *signalWatch) stop() {
	w.once.Do(func() { close(w.done) })
	w.cancel(nil)
}

// cause is the signal that came, as a *signalError, or nil.
func (w *signalWatch) cause() error {
	if err := w.first.Load(); err != nil {
		return err
	}
	return nil
}

// atExit has undo called when a second signal ends the program. The returned
// function takes that back.
func (w *signalWatch) atExit(undo func()) (forget func()) {
	if w == nil {
		return func() {}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	index := len(w.last)
	w.last = append(w.last, undo)
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.last[index] = nil
	}
}

func (w *signalWatch) undo() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := len(w.last) - 1; i >= 0; i-- {
		if w.last[i] != nil {
			w.last[i]()
		}
	}
}

func signalExit(s syscall.Signal) int { return 128 + int(s) }
