package sse

import (
	"bytes"
	"io"
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// piece returns the next bytes of the current line without its end, and whether
// the line ends there. Only a line longer than the buffer comes in several.
// The bytes are valid until the next call.
//
// It returns a line as soon as its end has arrived: after a lone CR it does not
// wait to see whether an LF follows, because the next event may be minutes away.
func (r *Reader) piece() ([]byte, bool, error) {
	for {
		if line, ok := r.line(); ok {
			return r.first(line), true, nil
		}
		ended := r.err == io.EOF //nolint:errorlint // a reader says its end unwrapped; a wrapped one is a cut
		switch {
		case r.err != nil && (!ended || r.start == r.end):
			return nil, false, r.err
		case ended:
			return r.first(r.rest()), true, nil
		case r.end-r.start == len(r.buf):
			return r.first(r.rest()), false, nil
		}
		r.fill()
	}
}

// line takes the next whole line out of the buffer, if there is one.
func (r *Reader) line() ([]byte, bool) {
	if r.skipLF && r.start < r.end {
		r.skipLF = false
		if r.buf[r.start] == '\n' {
			r.start++
		}
	}
	r.scanned = max(r.scanned, r.start)
	unseen := r.buf[r.scanned:r.end]
	lf := bytes.IndexByte(unseen, '\n')
	if lf >= 0 {
		unseen = unseen[:lf]
	}
	end := lf
	if cr := bytes.IndexByte(unseen, '\r'); cr >= 0 {
		end, r.skipLF = cr, true
	}
	if end < 0 {
		r.scanned = r.end
		return nil, false
	}
	line := r.buf[r.start : r.scanned+end]
	r.start = r.scanned + end + 1
	return line, true
}

// rest takes all that is in the buffer.
func (r *Reader) rest() []byte {
	b := r.buf[r.start:r.end]
	r.start = r.end
	return b
}

// first drops the byte order mark that a stream may begin with.
func (r *Reader) first(b []byte) []byte {
	if r.begun {
		return b
	}
	r.begun = true
	return bytes.TrimPrefix(b, byteOrderMark)
}

// fill reads once into the buffer, after moving what is left to its front.
// Once only, so that an event is not held back until more has come.
func (r *Reader) fill() {
	if r.start > 0 {
		copy(r.buf, r.buf[r.start:r.end])
		r.scanned -= r.start
		r.end -= r.start
		r.start = 0
	}
	for range maxEmptyRead {
		n, err := r.src.Read(r.buf[r.end:])
		r.end += n
		r.err = err
		if n > 0 || err != nil {
			return
		}
	}
	r.err = io.ErrNoProgress
}
