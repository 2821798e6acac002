package tool

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// cutRunes is text of at most limit runes; what is cut is shown as "…".
func cutRunes(text string, limit int) string {
	if len(text) <= limit {
		return text
	}
	count := 0
	for i := range text {
		if count == limit {
			return text[:i] + "…"
		}
		count++
	}
	return text
}

// plainText makes text safe for a model and for a terminal: valid UTF-8, and
// control characters other than tab and newline written as escapes.
func plainText(text string) string {
	if isPlain(text) {
		return text
	}
	var b strings.Builder
	b.Grow(len(text) + 16)
	for _, r := range text { // an invalid byte ranges as U+FFFD
		switch {
		case r == '\t' || r == '\n':
			b.WriteRune(r)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r >= 0x80 && r < 0xa0:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isPlain(text string) bool {
	for i := range len(text) {
		c := text[i]
		if c == 0x7f || c < ' ' && c != '\t' && c != '\n' || c == 0xc2 && i+1 < len(text) && text[i+1] < 0xa0 {
			return false
		}
	}
	return utf8.ValidString(text)
}

// oneLine is text for people on one line of at most limit runes.
func oneLine(text string, limit int) string {
	return cutRunes(plainText(strings.Join(strings.Fields(text), " ")), limit)
}

// plural is "1 line", "2 lines".
func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	if strings.HasSuffix(noun, "ch") || strings.HasSuffix(noun, "ss") {
		return strconv.Itoa(n) + " " + noun + "es"
	}
	if stem, ok := strings.CutSuffix(noun, "y"); ok {
		return strconv.Itoa(n) + " " + stem + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// byteSize is a size for people: "812 bytes", "1.2 MB".
func byteSize(n int64) string {
	switch {
	case n < 1000:
		return plural(int(n), "byte")
	case n < 1_000_000:
		return fmt.Sprintf("%.1f KB", float64(n)/1e3)
	case n < 1_000_000_000:
		return fmt.Sprintf("%.1f MB", float64(n)/1e6)
	}
	return fmt.Sprintf("%.1f GB", float64(n)/1e9)
}

// seconds is a duration for people: "1.4 s".
func seconds(d time.Duration) string {
	return strconv.FormatFloat(d.Seconds(), 'f', 1, 64) + " s"
}

// cutHead keeps whole lines from the start, at most limit runes. A line is cut
// within where most of the room would be lost otherwise. It reports whether
// anything was left out.
func cutHead(text string, limit int) (string, bool) {
	end := runeIndex(text, limit)
	if end == len(text) {
		return text, false
	}
	if line := strings.LastIndexByte(text[:end], '\n'); line >= end/2 {
		return text[:line+1], true
	}
	return text[:end], true
}

// cutTail keeps whole lines from the end, at most limit runes. A line is cut
// within where most of the room would be lost otherwise.
func cutTail(text string, limit int) string {
	start := len(text)
	for count := 0; start > 0 && count < limit; count++ {
		_, size := utf8.DecodeLastRuneInString(text[:start])
		start -= size
	}
	if start == 0 || text[start-1] == '\n' {
		return text[start:]
	}
	if line := strings.IndexByte(text[start:], '\n'); line >= 0 && line < (len(text)-start)/2 {
		return text[start+line+1:]
	}
	return text[start:]
}

// runeIndex is the byte offset of the n-th rune, or len(text).
func runeIndex(text string, n int) int {
	if len(text) <= n {
		return len(text)
	}
	count := 0
	for i := range text {
		if count == n {
			return i
		}
		count++
	}
	return len(text)
}
