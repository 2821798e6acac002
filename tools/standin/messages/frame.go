package messages

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// frame is one event as it goes over the wire.
func frame(event string, data []byte) []byte {
	b := make([]byte, 0, len(event)+len(data)+16)
	b = append(b, "event: "...)
	b = append(b, event...)
	b = append(b, "\ndata: "...)
	b = append(b, data...)
	return append(b, "\n\n"...)
}

// deltaFrame is a content_block_delta whose delta has one text field. It is the
// one frame there are many of, so it is put together without encoding/json.
func deltaFrame(index int, kind, field, text string) []byte {
	b := make([]byte, 0, len(text)+128)
	b = append(b, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":"...)
	b = strconv.AppendInt(b, int64(index), 10)
	b = append(b, `,"delta":{"type":"`...)
	b = append(b, kind...)
	b = append(b, `","`...)
	b = append(b, field...)
	b = append(b, `":`...)
	b = appendString(b, text)
	return append(b, "}}\n\n"...)
}

const hexDigits = "0123456789abcdef"

// appendString appends text as a JSON string. Invalid UTF-8 becomes U+FFFD.
func appendString(b []byte, text string) []byte {
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

// ascii rewrites the strings of a JSON document with \u escapes.
func ascii(doc string) string {
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

// chunks cuts text into pieces of n characters.
func chunks(text string, n int) []string {
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
