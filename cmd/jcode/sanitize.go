package main

import (
	"strings"
	"unicode/utf8"
)

// cleaner takes everything out of untrusted text that a terminal would obey:
// escape sequences, control characters, and marks that reorder what is read.
// Line feeds and tabs stay. It keeps its state from one piece of text to the
// next, because a sequence may be cut anywhere. The zero value is ready.
type cleaner struct {
	state cleanState
	// length is that of the sequence within which we are.
	length int
}

type cleanState int

const (
	cleanPlain cleanState = iota
	// cleanEscape: an ESC came.
	cleanEscape
	// cleanSequence: ESC [ came; it ends with a letter.
	cleanSequence
	// cleanString: ESC ] and its like came; it ends with BEL or ESC \.
	cleanString
	cleanStringEscape
)

// maxSequence is the length after which an escape sequence that never ends is
// given up, so that it cannot swallow the rest of an answer.
const maxSequence = 1024

// cleanText cleans a text that is whole.
func cleanText(text string) string {
	var c cleaner
	return c.clean(text)
}

// clean returns what may be shown of the next piece of text.
func (c *cleaner) clean(text string) string {
	if c.state == cleanPlain && isPlain(text) {
		return text
	}
	var out strings.Builder
	out.Grow(len(text))
	for _, r := range text {
		if c.next(r) {
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isPlain is the quick answer for nearly all text.
func isPlain(text string) bool {
	for i := 0; i < len(text); i++ {
		if b := text[i]; b < 0x20 && b != '\n' && b != '\t' || b >= 0x7f {
			return false
		}
	}
	return true
}

// next takes one character and reports whether it may be shown.
func (c *cleaner) next(r rune) bool {
	if c.state == cleanPlain {
		return c.plain(r)
	}
	c.length++
	if r == '\n' || c.length > maxSequence {
		c.state = cleanPlain
		return c.plain(r)
	}
	switch c.state {
	case cleanEscape:
		c.afterEscape(r)
	case cleanSequence:
		if r >= 0x40 && r <= 0x7e {
			c.state = cleanPlain
		}
	case cleanString:
		switch r {
		case '\a', 0x9c:
			c.state = cleanPlain
		case 0x1b:
			c.state = cleanStringEscape
		}
	case cleanStringEscape:
		c.state = cleanString
		if r == '\\' {
			c.state = cleanPlain
		}
	case cleanPlain:
	}
	return false
}

func (c *cleaner) plain(r rune) bool {
	switch {
	case r == '\n' || r == '\t':
		return true
	case r == 0x1b:
		c.state, c.length = cleanEscape, 0
	case r == 0x9b:
		c.state, c.length = cleanSequence, 0
	case r == 0x90 || r == 0x98 || r >= 0x9d && r <= 0x9f:
		c.state, c.length = cleanString, 0
	}
	return r >= 0x20 && r != 0x7f && (r < 0x80 || r > 0x9f) && !reorders(r)
}

func (c *cleaner) afterEscape(r rune) {
	switch {
	case r == '[':
		c.state = cleanSequence
	case r == ']' || r == 'P' || r == 'X' || r == '^' || r == '_':
		c.state = cleanString
	case r >= 0x20 && r <= 0x2f: // intermediate bytes: one more follows
	case r == 0x1b:
	default:
		c.state = cleanPlain
	}
}

// reorders reports whether r makes a terminal show text in another order than
// it is written.
func reorders(r rune) bool { return r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 }

// cells is how many columns text takes on a terminal, near enough.
func cells(text string) int {
	n := 0
	for _, r := range text {
		n += runeCells(r)
	}
	return n
}

func runeCells(r rune) int {
	switch {
	case r == utf8.RuneError || r < 0x300:
		return 1
	case r <= 0x36f || r == 0x200b || r == 0x200d || r >= 0xfe00 && r <= 0xfe0f:
		return 0
	case r >= 0x1100 && r <= 0x115f, r >= 0x2e80 && r <= 0xa4cf, r >= 0xac00 && r <= 0xd7a3,
		r >= 0xf900 && r <= 0xfaff, r >= 0xfe30 && r <= 0xfe6f, r >= 0xff00 && r <= 0xff60,
		r >= 0x1f300 && r <= 0x1faff, r >= 0x20000 && r <= 0x3fffd:
		return 2
	}
	return 1
}

// fit cuts text so that it takes at most width columns.
func fit(text string, width int) string {
	if cells(text) <= width {
		return text
	}
	var out strings.Builder
	used := 0
	for _, r := range text {
		if used+runeCells(r) > width-1 {
			break
		}
		used += runeCells(r)
		out.WriteRune(r)
	}
	return out.String() + "…"
}
