package shellout

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const (
	esc = 0x1b
	bel = 0x07
	can = 0x18 // these two abort a sequence
	sub = 0x1a
)

// c1 are the 8-bit forms of ESC and a letter, as UTF-8 has them: U+0080 + (the
// letter - 0x40) is 0xC2 and the letter + 0x40.
const c1 = 0xc2

// introducer reports whether data begins an escape sequence, and which: the letter
// that follows ESC or is meant by its 8-bit form, 0 if that has not come yet. Only
// those 8-bit forms count that more than one byte belongs to.
func introducer(data []byte) (letter byte, ok bool) {
	if len(data) == 0 {
		return 0, false
	}
	switch {
	case data[0] == esc && len(data) == 1:
		return 0, true
	case data[0] == esc:
		return data[1], true
	case data[0] == c1 && len(data) > 1:
		letter := data[1] - 0x40
		return letter, bytes.IndexByte([]byte("[]PX^_"), letter) >= 0
	}
	return 0, false
}

// escape is the length of the escape sequence that data begins with, and whether
// its end is in data. A malformed sequence ends before the byte that cannot be in
// it, as on a terminal.
func escape(data []byte) (length int, complete bool) {
	letter, _ := introducer(data)
	if letter == 0 && len(data) < 2 {
		return len(data), false
	}
	switch letter {
	case '[':
		return controlSequence(data)
	case ']', 'P', 'X', '^', '_':
		return controlString(data)
	}
	return shortSequence(data)
}

// controlSequence is CSI: parameters, intermediates, a final byte.
func controlSequence(data []byte) (int, bool) {
	for i := 2; i < len(data); i++ {
		switch b := data[i]; {
		case b >= 0x40 && b <= 0x7e:
			return i + 1, true
		case b < 0x20 || b > 0x3f:
			return i, true
		}
	}
	return len(data), false
}

// controlString is OSC, DCS, SOS, PM or APC: anything up to BEL or ST.
func controlString(data []byte) (int, bool) {
	for i := 2; i < len(data); i++ {
		switch data[i] {
		case bel:
			return i + 1, true
		case can, sub:
			return i, true
		case esc:
			if i+1 == len(data) {
				return len(data), false
			}
			if data[i+1] == '\\' {
				return i + 2, true
			}
			return i, true
		case c1:
			if i+1 < len(data) && data[i+1] == 0x9c {
				return i + 2, true
			}
		}
	}
	return len(data), false
}

// shortSequence is ESC, intermediates and a final byte, or ESC alone.
func shortSequence(data []byte) (int, bool) {
	for i := 1; i < len(data); i++ {
		switch b := data[i]; {
		case b >= 0x30 && b <= 0x7e:
			return i + 1, true
		case b < 0x20 || b > 0x2f:
			return i, true
		}
	}
	return len(data), false
}

// PlainText removes terminal escape sequences and control characters from text,
// except newline and tab, and replaces what is not UTF-8 by U+FFFD. A sequence
// without an end is removed too. Apply it to the pieces of [RunText], which are
// never cut within a sequence, and to whatever a program says on standard error.
func PlainText(text string) string {
	if !strings.ContainsFunc(text, isControl) && utf8.ValidString(text) {
		return text
	}
	data := []byte(text)
	var out strings.Builder
	out.Grow(len(data))
	for len(data) > 0 {
		if _, isEscape := introducer(data); isEscape {
			n, _ := escape(data)
			data = data[n:]
			continue
		}
		r, size := utf8.DecodeRune(data)
		if !isControl(r) || r == '\n' || r == '\t' {
			out.WriteRune(r)
		}
		data = data[size:]
	}
	return out.String()
}

func isControl(r rune) bool { return r < 0x20 || r >= 0x7f && r < 0xa0 }
