package tool

import "strings"

const byteOrderMark = "\uFEFF"

// mostlyCRLF reports whether more lines end with CRLF than with LF alone.
func mostlyCRLF(text string) bool {
	crlf := strings.Count(text, "\r\n")
	return crlf > 0 && crlf*2 > strings.Count(text, "\n")
}

// toCRLF ends every line with CRLF.
func toCRLF(text string) string {
	return strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\n", "\r\n")
}

// endLike gives the lines of text the ends that the lines of the text it takes
// the place of have, one by one, and further lines the last of these ends.
// Without any the file's own usual end is taken. Text that has CRLF already is
// left alone.
func endLike(text, replaced, around string) string {
	if strings.Contains(text, "\r\n") || !strings.Contains(text, "\n") {
		return text
	}
	ends := lineEnds(replaced)
	last := "\n"
	if mostlyCRLF(around) {
		last = "\r\n"
	}
	if len(ends) > 0 {
		last = ends[len(ends)-1]
	}
	var b strings.Builder
	for i, line := range strings.SplitAfter(text, "\n") {
		body, ended := strings.CutSuffix(line, "\n")
		b.WriteString(body)
		switch {
		case !ended:
		case i < len(ends):
			b.WriteString(ends[i])
		default:
			b.WriteString(last)
		}
	}
	return b.String()
}

func lineEnds(text string) []string {
	var ends []string
	for line := range strings.Lines(text) {
		switch {
		case strings.HasSuffix(line, "\r\n"):
			ends = append(ends, "\r\n")
		case strings.HasSuffix(line, "\n"):
			ends = append(ends, "\n")
		}
	}
	return ends
}

// lineNumber is the line that offset is in, counted from 1.
func lineNumber(text string, offset int) int { return strings.Count(text[:offset], "\n") + 1 }
