package sse

import (
	"bytes"
	"fmt"
	"io"
)

const (
	// DefaultMaxEventBytes is how much data one event may carry unless
	// WithMaxEventBytes says otherwise. Encrypted reasoning reaches several MiB.
	DefaultMaxEventBytes = 64 << 20

	bufferBytes  = 32 << 10
	keepBytes    = 1 << 20 // a larger data buffer is given back after its event
	maxNames     = 64      // event names remembered, against an endless supply of them
	maxEmptyRead = 100     // reads without a byte or an error before giving up
)

// Event is one dispatched event.
type Event struct {
	// Type is the value of the last event field, empty if there was none.
	// Vendors repeat it in the JSON of Data; trust that one.
	Type string
	// Data is the payload: the data lines joined with "\n", byte for byte.
	// It belongs to the Reader and is valid until the next call of Next.
	Data []byte
	// ID is the last id that the stream named, in this event or an earlier one.
	ID string
	// Partial is true if the stream ended before the blank line that ends an
	// event: Data may then be cut anywhere.
	Partial bool
}

// TooLargeError is returned by Next when an event exceeds its limit. Nothing can
// be read after it.
type TooLargeError struct {
	// Limit is the limit in bytes that was exceeded.
	Limit int
}

// Error names the limit.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("read event stream: event larger than %d bytes", e.Limit)
}

// An Option changes a Reader.
type Option func(*Reader)

// WithMaxEventBytes sets how many bytes of data one event may carry.
// Values below 1 leave the default.
func WithMaxEventBytes(n int) Option {
	return func(r *Reader) {
		if n > 0 {
			r.max = n
		}
	}
}

// Reader reads events from a stream. It is for one goroutine. It does not close
// the stream and sets no timeout: whoever owns the connection cancels it.
type Reader struct {
	src        io.Reader
	buf        []byte
	start, end int   // unread bytes are buf[start:end]
	scanned    int   // buf[start:scanned] holds no line end
	err        error // what src ended with
	failed     error // what Next returns from now on

	begun  bool // the first bytes were looked at for a byte order mark
	skipLF bool // the last line ended in CR, so an LF now is the rest of it
	mode   mode // what the rest of an overlong line means

	max     int
	data    []byte
	hasData bool
	typ     string
	id      string
	names   map[string]string
}

type mode uint8

const (
	atLineStart mode = iota
	inData           // the rest of the line goes to the data of the event
	inIgnored        // the rest of the line is a comment or an unknown field
)

// NewReader returns a Reader of the events in r. It buffers by itself, so r need
// not; it may read more of r than the events that were asked for.
func NewReader(r io.Reader, opts ...Option) *Reader {
	rd := &Reader{
		src:   r,
		buf:   make([]byte, bufferBytes),
		max:   DefaultMaxEventBytes,
		names: make(map[string]string),
	}
	for _, o := range opts {
		o(rd)
	}
	return rd
}

// Next returns the next event that has data. It returns io.EOF at the end of the
// stream, *TooLargeError for an event above the limit, and otherwise the error
// of the stream itself; each of them again on every later call.
// Comments and events without data keep it reading, so a server can hold it
// for as long as the stream's owner lets it.
func (r *Reader) Next() (Event, error) {
	if r.failed != nil {
		return Event{}, r.failed
	}
	r.reset()
	for {
		piece, ended, err := r.piece()
		if err == io.EOF && r.hasData { //nolint:errorlint // as in piece
			return r.event(true), nil
		}
		if err != nil {
			r.failed = err
			return Event{}, err
		}
		if ended && len(piece) == 0 && r.mode == atLineStart {
			if r.hasData {
				return r.event(false), nil
			}
			r.reset()
			continue
		}
		if err := r.take(piece, ended); err != nil {
			r.failed = err
			return Event{}, err
		}
	}
}

func (r *Reader) event(partial bool) Event {
	e := Event{Type: r.typ, Data: r.data, ID: r.id, Partial: partial}
	r.hasData = false
	return e
}

func (r *Reader) reset() {
	if cap(r.data) > keepBytes {
		r.data = nil
	}
	r.data, r.hasData, r.typ = r.data[:0], false, ""
}

// take handles a run of bytes of one line: the whole line, or, if it is longer
// than the buffer, a part of it.
func (r *Reader) take(piece []byte, ended bool) error {
	m := r.mode
	var err error
	switch m {
	case atLineStart:
		m, err = r.field(piece, ended)
	case inData:
		err = r.add(piece)
	case inIgnored:
	}
	r.mode = m
	if ended {
		r.mode = atLineStart
	}
	return err
}

// field handles the beginning of a line and says what the rest of it means.
func (r *Reader) field(line []byte, whole bool) (mode, error) {
	if value, ok := bytes.CutPrefix(line, []byte("data:")); ok {
		return inData, r.startData(trimSpace(value))
	}
	name, value, _ := bytes.Cut(line, []byte(":"))
	switch string(name) {
	case "data":
		return inData, r.startData(nil)
	case "event":
		r.typ = r.name(trimSpace(value))
		return inIgnored, tooLong(whole)
	case "id":
		if v := trimSpace(value); bytes.IndexByte(v, 0) < 0 && string(v) != r.id {
			r.id = string(v)
		}
		return inIgnored, tooLong(whole)
	}
	return inIgnored, nil // a comment, retry, or a field of the future
}

// tooLong refuses a name that does not fit the buffer: nobody sends one.
func tooLong(whole bool) error {
	if whole {
		return nil
	}
	return &TooLargeError{Limit: bufferBytes}
}

func (r *Reader) startData(value []byte) error {
	if r.hasData {
		if err := r.add([]byte("\n")); err != nil {
			return err
		}
	}
	r.hasData = true
	return r.add(value)
}

func (r *Reader) add(b []byte) error {
	if len(b) > r.max-len(r.data) {
		r.data, r.hasData = nil, false
		return &TooLargeError{Limit: r.max}
	}
	r.data = append(r.data, b...)
	return nil
}

// name returns b as a string, the same one for every event of that name, so
// that a long stream does not allocate.
func (r *Reader) name(b []byte) string {
	if s, ok := r.names[string(b)]; ok {
		return s
	}
	s := string(b)
	if len(r.names) < maxNames {
		r.names[s] = s
	}
	return s
}

func trimSpace(v []byte) []byte {
	if len(v) > 0 && v[0] == ' ' {
		return v[1:]
	}
	return v
}
