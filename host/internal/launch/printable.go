package launch

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// printable makes s safe for a terminal and a log: escape sequences and control
// characters go, invalid UTF-8 becomes the replacement character, tabs become
// spaces. Line breaks go too.
func printable(s string) string {
	if isPlain(s) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		r, size := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == 0x1b:
			i += escapeLength(s[i:])
			continue
		case r == '\t':
			b.WriteByte(' ')
		case unicode.IsControl(r), bidi(r):
		default:
			b.WriteRune(r)
		}
		i += size
	}
	return b.String()
}

// oneLine is printable for what may have several lines, which become one.
func oneLine(s string) string {
	if isPlain(s) {
		return s
	}
	return strings.Join(strings.Fields(printable(strings.NewReplacer("\r", " ", "\n", " ").Replace(s))), " ")
}

func isPlain(s string) bool {
	for i := range len(s) {
		if s[i] < 0x20 || s[i] >= 0x7f {
			return false
		}
	}
	return true
}

// bidi reports the characters that reorder a line to hide what it says.
func bidi(r rune) bool {
	return (r >= 0x202a && r <= 0x202e) || (r >= 0x2066 && r <= 0x2069)
}

// escapeLength is the length of the escape sequence at the start of s: CSI up to
// its final byte, OSC and the like up to their terminator, else two bytes.
func escapeLength(s string) int {
	if len(s) < 2 {
		return len(s)
	}
	switch s[1] {
	case '[':
		for i := 2; i < len(s); i++ {
			if s[i] >= 0x40 && s[i] <= 0x7e {
				return i + 1
			}
		}
		return len(s)
	case ']', 'P', '_', '^', 'X':
		for i := 2; i < len(s); i++ {
			if s[i] == 0x07 {
				return i + 1
			}
			if s[i] == 0x1b && i+1 < len(s) && s[i+1] == '\\' {
				return i + 2
			}
		}
		return len(s)
	}
	return 2
}
