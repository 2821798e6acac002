package shellout

import (
	"bytes"
	"errors"
	"io"
	"sync"
)

// ErrInputClosed is returned by [Input.Send] when nothing can be sent any more.
var ErrInputClosed = errors.New("input is closed")

// Input is the standard input of a program that is spoken to while it works. Put
// it into [Command.Input] of one run. It is safe for concurrent use, also by the
// function that reads the program's output.
type Input struct {
	mu     sync.Mutex
	change *sync.Cond
	queue  [][]byte
	closed bool
}

// NewInput returns an open Input with nothing in it.
func NewInput() *Input {
	in := &Input{}
	in.change = sync.NewCond(&in.mu)
	return in
}

// inputOf is an Input that holds data and nothing else.
func inputOf(data []byte) *Input {
	in := NewInput()
	in.queue, in.closed = [][]byte{data}, true
	return in
}

// Send queues a copy of data. It never blocks, not even when the program reads
// nothing, and may be called before the run begins. It returns ErrInputClosed
// after Close, after the last event, and when the program has closed its end.
// What is queued but not read by the program's last event is dropped.
func (in *Input) Send(data []byte) error {
	in.mu.Lock()
	defer in.mu.Unlock()
	if in.closed {
		return ErrInputClosed
	}
	in.queue = append(in.queue, bytes.Clone(data))
	in.change.Signal()
	return nil
}

// Close lets the program see the end of its input after what has been sent. It
// may be called more than once.
func (in *Input) Close() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed = true
	in.change.Broadcast()
}

// end closes and forgets what has not been written.
func (in *Input) end() {
	in.mu.Lock()
	defer in.mu.Unlock()
	in.closed, in.queue = true, nil
	in.change.Broadcast()
}

// next waits for something to write; ok is false at the end.
func (in *Input) next() (data []byte, ok bool) {
	in.mu.Lock()
	defer in.mu.Unlock()
	for len(in.queue) == 0 && !in.closed {
		in.change.Wait()
	}
	if len(in.queue) == 0 {
		return nil, false
	}
	data, in.queue = in.queue[0], in.queue[1:]
	return data, true
}

// feed writes to w until the end and closes it. A program that does not want to
// read more is no error: it may know enough, and if not, its exit says so.
func (in *Input) feed(w io.WriteCloser) {
	defer func() { _ = w.Close() }()
	defer in.end()
	for {
		data, ok := in.next()
		if !ok {
			return
		}
		if _, err := w.Write(data); err != nil {
			return
		}
	}
}
