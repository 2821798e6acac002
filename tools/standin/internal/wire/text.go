// Package wire writes JSON and server-sent events the way the vendors do: fields
// in a chosen order, no HTML escapes, deltas put together by hand.
package wire

import (
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// Frame is one event as it goes over the wire.
func Frame(event string, data []byte) []byte {
	b := make([]byte, 0, len(event)+len(data)+16)
	b = append(b, "event: "...)
	b = append(b, event...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

const hexDigits = "0123456789abcdef"

// AppendString appends text as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendString(b []byte, text string) []byte {
	b = append(b, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			b = append(b, '\\', byte(r))
		case r == '\n':
			b = append(b, '\\', 'n')
		case r == '\t':
			b = append(b, '\\', 't')
		case r < 0x20:
			b = append(b, '\\', 'u', '0', '0', hexDigits[r>>4], hexDigits[r&15])
		default:
			b = utf8.AppendRune(b, r)
		}
	}
	return append(b, '"')
}

// ASCII rewrites the strings of a JSON document with \u escapes.
func ASCII(doc string) string {
	var b strings.Builder
	for _, r := range doc {
		if r < utf8.RuneSelf {
			b.WriteRune(r)
			continue
		}
		for _, u := range utf16.Encode([]rune{r}) {
			b.WriteString(`\u`)
			for shift := 12; shift >= 0; shift -= 4 {
				b.WriteByte(hexDigits[u>>shift&15])
			}
		}
	}
	return b.String()
}

const defaultChunk = 16

// Chunks cuts text into pieces of n characters; 0 takes the usual 16.
func Chunks(text string, n int) []string {
	if n == 0 {
		n = defaultChunk
	}
	var all []string
	for text != "" {
		end, count := len(text), 0
		for i := range text {
			if count == n {
				end = i
				break
			}
			count++
		}
		all = append(all, text[:end])
		text = text[end:]
	}
	return all
}
