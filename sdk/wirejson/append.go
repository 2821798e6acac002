package wirejson

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"unicode/utf8"
)

const hexDigits = "0123456789abcdef"

// AppendString appends text as a JSON string. Only what JSON demands is
// escaped, so that a page of HTML keeps its size, and a byte that is not UTF-8
// becomes U+FFFD, for the API refuses the whole body otherwise.
func AppendString(dst []byte, text string) []byte {
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(text); {
		if plain[text[i]] {
			i++
			continue
		}
		if text[i] >= utf8.RuneSelf {
			r, size := utf8.DecodeRuneInString(text[i:])
			if r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		dst = append(dst, text[start:i]...)
		dst = appendEscaped(dst, text[i])
		i++
		start = i
	}
	dst = append(dst, text[start:]...)
	return append(dst, '"')
}

// plain marks the bytes that stand for themselves in a JSON string.
var plain = func() (table [256]bool) {
	for b := ' '; b < utf8.RuneSelf; b++ {
		table[b] = b != '"' && b != '\\'
	}
	return table
}()

func appendEscaped(dst []byte, b byte) []byte {
	switch b {
	case '"', '\\':
		return append(dst, '\\', b)
	case '\n':
		return append(dst, '\\', 'n')
	case '\r':
		return append(dst, '\\', 'r')
	case '\t':
		return append(dst, '\\', 't')
	}
	if b >= utf8.RuneSelf {
		return utf8.AppendRune(dst, utf8.RuneError)
	}
	return append(dst, '\\', 'u', '0', '0', hexDigits[b>>4], hexDigits[b&15])
}

// AppendBase64 appends data as a JSON string of base64, without a copy.
func AppendBase64(dst, data []byte) []byte {
	dst = append(dst, '"')
	dst = base64.StdEncoding.AppendEncode(dst, data)
	return append(dst, '"')
}

// AppendField appends `,"name":"text"`.
func AppendField(dst []byte, name, text string) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return AppendString(dst, text)
}

// AppendInt appends `,"name":n`.
func AppendInt(dst []byte, name string, n int) []byte {
	dst = append(dst, ',', '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return strconv.AppendInt(dst, int64(n), 10)
}

// Object returns raw when it is one JSON object that the API can read, mended
// where a character of it is broken; ok is false for anything else.
func Object(raw []byte) (fixed []byte, ok bool) {
	raw = bytes.TrimSpace(raw)
	if len(raw) == 0 || raw[0] != '{' || !json.Valid(raw) {
		return nil, false
	}
	if !utf8.Valid(raw) {
		raw = bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	return mendSurrogates(raw), true
}

// mendSurrogates replaces \u escapes of half a surrogate pair by \ufffd. Models
// produce them when they are cut inside an emoji, encoding/json lets them pass,
// and the API calls the body invalid. raw is valid JSON.
func mendSurrogates(raw []byte) []byte {
	if !bytes.Contains(raw, []byte(`\ud`)) && !bytes.Contains(raw, []byte(`\uD`)) {
		return raw
	}
	out := bytes.Clone(raw)
	for i := 0; i < len(out); i++ {
		if out[i] != '\\' {
			continue
		}
		if out[i+1] != 'u' {
			i++
			continue
		}
		switch high, low := surrogate(out[i:]); {
		case high && followedByLow(out[i+6:]):
			i += 11
		case high || low:
			copy(out[i:], `\ufffd`)
			i += 5
		default:
			i += 5
		}
	}
	return out
}

func followedByLow(escape []byte) bool {
	if len(escape) < 6 || escape[0] != '\\' || escape[1] != 'u' {
		return false
	}
	_, low := surrogate(escape)
	return low
}

// surrogate looks at an escape of the form \uXXXX.
func surrogate(escape []byte) (high, low bool) {
	unit, err := strconv.ParseUint(string(escape[2:6]), 16, 16)
	if err != nil {
		return false, false
	}
	return unit >= 0xD800 && unit < 0xDC00, unit >= 0xDC00 && unit < 0xE000
}

// Size is the length of a text as a JSON string, for text without long runs of
// escapes: it counts those that text has in numbers.
func Size(text string) int {
	return len(text) + strings.Count(text, "\n") + strings.Count(text, `"`) +
		strings.Count(text, `\`) + strings.Count(text, "\t") + 16
}
