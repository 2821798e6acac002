// Package wrap breaks text into lines of a limited width.
package wrap

import (
	"strings"
	"unicode/utf8"
)

// Lines breaks text at spaces into lines of at most width characters. Runs of
// white space count as one space. A word longer than width gets a line of its
// own and is not broken.
func Lines(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		switch {
		case line == "":
			line = word
		case fits(line, word, width):
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line != "" {
		lines = append(lines, line)
	}
	return lines
}

// fits reports whether word still has room on line, with a space between.
func fits(line, word string, width int) bool {
	return utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) < width
}

// Indent puts prefix before every line and joins them with newlines.
func Indent(lines []string, prefix string) string {
	var b strings.Builder
	for i, line := range lines {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(prefix + line)
	}
	return b.String()
}

// Paragraph wraps text so that the prefix and the line together stay within
// width.
func Paragraph(text, prefix string, width int) string {
	return Indent(Lines(text, width-utf8.RuneCountInString(prefix)), prefix)
}
