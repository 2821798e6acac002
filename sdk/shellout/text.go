package shellout

import (
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// maxHeld is how long an unfinished escape sequence is waited for, in
	// bytes. After that it is taken for text that began with an odd byte.
	maxHeld = 4 << 10
	// maxNewlines is how many newlines in a row are kept. It bounds what an
	// endless output of blank lines costs.
	maxNewlines = 1 << 20
)

// readText calls chunk for the pieces of r until r ends or chunk fails. It waits
// for the end of an escape sequence up to hold bytes.
func readText(r io.Reader, hold int, chunk func(string) error) error {
	text := chunker{hold: hold}
	buf := make([]byte, readBuffer)
	for {
		n, err := r.Read(buf)
		if out := text.add(buf[:n]); out != "" {
			if err := chunk(out); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			if out := text.finish(); out != "" {
				return chunk(out)
			}
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// chunker makes text of bytes that come in pieces of any size. What it returns in
// all does not depend on where the pieces were cut.
type chunker struct {
	hold     int    // how much may be held
	held     []byte // the beginning of a character, an escape sequence or a CRLF
	newlines int    // not returned yet: they may be the last
}

// add returns what is complete of the text so far and was not returned yet.
func (c *chunker) add(piece []byte) string {
	data := append(c.held, piece...)
	complete := 0
	for complete < len(data) {
		n := unit(data[complete:])
		if n == 0 {
			if len(data)-complete <= c.hold {
				break
			}
			n = 1
		}
		complete += n
	}
	out := c.emit(data[:complete])
	c.held = append(c.held[:0], data[complete:]...)
	return out
}

// finish returns the rest. An escape sequence without an end would swallow what
// comes after it, so it is dropped; half a character becomes U+FFFD.
func (c *chunker) finish() string {
	held := c.held
	c.held = nil
	if _, isEscape := introducer(held); isEscape || string(held) == "\r" {
		return ""
	}
	return c.emit(held)
}

// emit makes valid text of whole units and holds the newlines at its end back.
func (c *chunker) emit(data []byte) string {
	var out strings.Builder
	out.Grow(len(data))
	for len(data) > 0 {
		r, size := utf8.DecodeRune(data)
		rest := data[size:]
		switch {
		case r == '\r' && len(rest) > 0 && rest[0] == '\n':
		case r == '\n':
			c.newlines = min(c.newlines+1, maxNewlines)
		default:
			for ; c.newlines > 0; c.newlines-- {
				out.WriteByte('\n')
			}
			out.WriteRune(r) // of an invalid byte, U+FFFD
		}
		data = rest
	}
	return out.String()
}

// unit is the length of the character, escape sequence or line end that data
// begins with, 0 if its end has not come yet.
func unit(data []byte) int {
	if _, isEscape := introducer(data); isEscape {
		n, complete := escape(data)
		if !complete {
			return 0
		}
		return n
	}
	switch {
	case data[0] == '\r' && len(data) == 1:
		return 0
	case data[0] == '\r' && data[1] == '\n':
		return 2
	case !utf8.FullRune(data):
		return 0
	}
	_, size := utf8.DecodeRune(data)
	return size
}
