package tool

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// encoding is how a file's text is stored.
type encoding struct {
	// note tells the reader about it; empty for plain UTF-8.
	note string
	// skip is how long the byte order mark is.
	skip   int
	unit   int // bytes of a code unit: 2 and 4 for UTF-16 and UTF-32
	order  binary.ByteOrder
	latin1 bool
	binary bool
}

var marks = []struct {
	bytes    []byte
	encoding encoding
}{
	{[]byte{0xff, 0xfe, 0, 0}, encoding{note: "UTF-32", skip: 4, unit: 4, order: binary.LittleEndian}},
	{[]byte{0, 0, 0xfe, 0xff}, encoding{note: "UTF-32", skip: 4, unit: 4, order: binary.BigEndian}},
	{[]byte{0xef, 0xbb, 0xbf}, encoding{note: "UTF-8 BOM", skip: 3}},
	{[]byte{0xff, 0xfe}, encoding{note: "UTF-16", skip: 2, unit: 2, order: binary.LittleEndian}},
	{[]byte{0xfe, 0xff}, encoding{note: "UTF-16", skip: 2, unit: 2, order: binary.BigEndian}},
}

// detect looks at the start of a file. More says that the file is longer.
func detect(start []byte, more bool) encoding {
	for _, mark := range marks {
		if bytes.HasPrefix(start, mark.bytes) {
			return mark.encoding
		}
	}
	if bytes.IndexByte(start, 0) >= 0 {
		return encoding{binary: true}
	}
	if more {
		start = wholeRunes(start)
	}
	if utf8.Valid(start) {
		return encoding{binary: mostlyControl(start)}
	}
	switch {
	case mostlyControl(start):
		return encoding{binary: true}
	case mostlyUTF8(start):
		return encoding{}
	case !looksLatin1(start):
		return encoding{binary: true}
	}
	return encoding{note: "Latin-1, shown as UTF-8", latin1: true}
}

// wholeRunes leaves out a rune that the end cuts.
func wholeRunes(text []byte) []byte {
	for i := 1; i <= utf8.UTFMax && i <= len(text); i++ {
		if c := text[len(text)-i]; utf8.RuneStart(c) {
			if !utf8.FullRune(text[len(text)-i:]) {
				return text[:len(text)-i]
			}
			break
		}
	}
	return text
}

// mostlyControl reports whether more than 30 % are characters that no text has.
func mostlyControl(start []byte) bool {
	odd := 0
	for _, c := range start {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' && c != '\f' && c != '\b' && c != escape || c == 0x7f {
			odd++
		}
	}
	return odd*10 > len(start)*3
}

// looksLatin1 reports whether the bytes that are no UTF-8 can be letters: at
// most 30 % above ASCII, and few of those that Latin-1 leaves for control.
func looksLatin1(start []byte) bool {
	high, control := 0, 0
	for _, c := range start {
		if c >= 0x80 {
			high++
		}
		if c >= 0x80 && c < 0xa0 {
			control++
		}
	}
	return high*10 <= len(start)*3 && control*20 <= len(start)
}

// mostlyUTF8 reports whether text that is not all UTF-8 has more characters of
// it than bytes that are none: a few bad bytes do not make it Latin-1.
func mostlyUTF8(start []byte) bool {
	good, bad := 0, 0
	for len(start) > 0 {
		r, size := utf8.DecodeRune(start)
		switch {
		case r == utf8.RuneError && size == 1:
			bad++
		case size > 1:
			good++
		}
		start = start[size:]
	}
	return good > bad
}

// encodingOf is the encoding of a whole file's content.
func encodingOf(data []byte) encoding {
	start := data[:min(len(data), sniffBytes)]
	return detect(start, len(data) > len(start))
}

// text is a file's content as reading shows it, as far as the encoding has 8-bit
// characters. A byte order mark stays.
func (e encoding) text(data []byte) string {
	if !e.latin1 {
		return string(data)
	}
	var b strings.Builder
	b.Grow(len(data))
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}

// store is the reverse of text. It returns the character that the encoding
// lacks, if there is one.
func (e encoding) store(text string) (data []byte, lacks rune) {
	if !e.latin1 {
		return []byte(text), 0
	}
	data = make([]byte, 0, len(text))
	for _, r := range text {
		if r > 0xff {
			return nil, r
		}
		data = append(data, byte(r)) //nolint:gosec // 0xff at most
	}
	return data, 0
}

// decode reads text of the encoding as UTF-8; the mark is still in front.
func (e encoding) decode(r *bufio.Reader) (*bufio.Reader, error) {
	if _, err := r.Discard(e.skip); err != nil {
		return nil, err
	}
	switch {
	case e.unit > 0:
		return bufio.NewReader(&unitReader{r: r, encoding: e}), nil
	case e.latin1:
		return bufio.NewReader(&latin1Reader{r: r}), nil
	}
	return r, nil
}

// latin1Reader turns Latin-1 into UTF-8.
type latin1Reader struct{ r io.Reader }

func (l *latin1Reader) Read(p []byte) (int, error) {
	if len(p) < 2 {
		return 0, io.ErrShortBuffer
	}
	raw := make([]byte, len(p)/2)
	n, err := l.r.Read(raw)
	size := 0
	for _, c := range raw[:n] {
		size += utf8.EncodeRune(p[size:], rune(c))
	}
	return size, err
}

// unitReader turns UTF-16 and UTF-32 into UTF-8.
type unitReader struct {
	r *bufio.Reader
	encoding
	rest []byte
}

func (u *unitReader) Read(p []byte) (int, error) {
	for len(u.rest) < len(p) && len(u.rest) < 4096 {
		c, err := u.next()
		if err != nil {
			if len(u.rest) > 0 {
				break
			}
			return 0, err
		}
		if utf16.IsSurrogate(c) {
			low, _ := u.next()
			c = utf16.DecodeRune(c, low)
		}
		u.rest = utf8.AppendRune(u.rest, c)
	}
	n := copy(p, u.rest)
	u.rest = u.rest[n:]
	return n, nil
}

// next is one code unit. An incomplete one at the end is left out.
func (u *unitReader) next() (rune, error) {
	var raw [4]byte
	if _, err := io.ReadFull(u.r, raw[:u.unit]); err != nil {
		return 0, io.EOF
	}
	if u.unit == 2 {
		return rune(u.order.Uint16(raw[:])), nil
	}
	c := u.order.Uint32(raw[:])
	if c > utf8.MaxRune {
		return utf8.RuneError, nil
	}
	return rune(c), nil
}

// magics are the first bytes of kinds of files that are worth naming.
var magics = []struct{ start, name string }{
	{"\x7fELF", "ELF"},
	{"MZ", "Windows program"},
	{"\xcf\xfa\xed\xfe", "Mach-O"},
	{"\xca\xfe\xba\xbe", "Mach-O or Java class"},
	{"PK\x03\x04", "ZIP"},
	{"\x1f\x8b", "gzip"},
	{"BZh", "bzip2"},
	{"\xfd7zXZ", "xz"},
	{"(\xb5/\xfd", "zstd"},
	{"%PDF-", "PDF"},
	{"SQLite format 3", "SQLite"},
	{"\x00asm", "WebAssembly"},
	{"!<arch>", "ar archive"},
	{"\x89PNG\r\n\x1a\n", "PNG"},
	{"\xff\xd8\xff", "JPEG"},
	{"GIF8", "GIF"},
	{"RIFF", "RIFF"},
	{"OggS", "Ogg"},
	{"ID3", "MP3"},
}

// binaryKind is "ELF, 1.2 MB".
func binaryKind(start []byte, size int64) string {
	for _, magic := range magics {
		if bytes.HasPrefix(start, []byte(magic.start)) {
			return fmt.Sprintf("%s, %s", magic.name, byteSize(size))
		}
	}
	return byteSize(size)
}
