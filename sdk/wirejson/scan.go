package wirejson

import (
	"bytes"
	"unicode/utf8"
)

// Flat reads the members of a JSON object that holds nothing but strings, numbers,
// literals and empty arrays, such as the one event of a stream that there are
// thousands of: in a tenth of the time of encoding/json. It hands each member out as
// its raw key and value, both valid during the call only. Anything else, however
// slightly different, is false, also after some members were handed out: the caller
// takes the long way then.
func Flat(data []byte, member func(key, value []byte)) bool {
	rest, ok := skip(data, '{')
	if !ok {
		return false
	}
	for {
		var key, value []byte
		if key, rest, ok = rawString(rest); !ok {
			return false
		}
		if rest, ok = skip(rest, ':'); !ok {
			return false
		}
		if value, rest, ok = rawValue(rest); !ok {
			return false
		}
		member(key[1:len(key)-1], value)
		rest = bytes.TrimLeft(rest, " \t\r\n")
		if len(rest) == 0 {
			return false
		}
		switch rest[0] {
		case ',':
			rest = bytes.TrimLeft(rest[1:], " \t\r\n")
		case '}':
			return len(bytes.TrimLeft(rest[1:], " \t\r\n")) == 0
		default:
			return false
		}
	}
}

// skip takes one byte off, and the white space around it.
func skip(data []byte, b byte) ([]byte, bool) {
	data = bytes.TrimLeft(data, " \t\r\n")
	if len(data) == 0 || data[0] != b {
		return nil, false
	}
	return bytes.TrimLeft(data[1:], " \t\r\n"), true
}

// rawString takes a string off, with its quotes.
func rawString(data []byte) (raw, rest []byte, ok bool) {
	if len(data) == 0 || data[0] != '"' {
		return nil, nil, false
	}
	for i := 1; i < len(data); i++ {
		switch b := data[i]; {
		case b == '"':
			return data[:i+1], data[i+1:], true
		case b == '\\':
			i++
		case b < ' ':
			return nil, nil, false
		}
	}
	return nil, nil, false
}

func rawValue(data []byte) (raw, rest []byte, ok bool) {
	if len(data) > 0 && data[0] == '"' {
		return rawString(data)
	}
	if bytes.HasPrefix(data, []byte("[]")) {
		return data[:2], data[2:], true
	}
	n := 0
	for n < len(data) && (data[n] >= '0' && data[n] <= '9' || data[n] >= 'a' && data[n] <= 'z' || data[n] == '-' || data[n] == '.' || data[n] == '+' || data[n] == 'E') {
		n++
	}
	return data[:n], data[n:], n > 0
}

var simpleEscapes = [256]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// Text returns the text of a raw string with its quotes. It resolves the escapes of
// one character; with \u, or what is not UTF-8, ok is false.
func Text(raw []byte) (text string, ok bool) {
	if len(raw) < 2 || raw[0] != '"' || !utf8.Valid(raw) {
		return "", false
	}
	raw = raw[1 : len(raw)-1]
	if bytes.IndexByte(raw, '\\') < 0 {
		return string(raw), true
	}
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] != '\\' {
			out = append(out, raw[i])
			continue
		}
		i++
		plain := simpleEscapes[raw[i]]
		if plain == 0 {
			return "", false
		}
		out = append(out, plain)
	}
	return string(out), true
}
