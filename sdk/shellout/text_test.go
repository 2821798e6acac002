package shellout_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/shellout"
)

// hold is short, so that a test can easily exceed it.
const hold = 64

func chunks(data, cuts []byte) []string {
	var got []string
	_ = shellout.ReadText(&pieces{data: data, cuts: cuts}, hold, func(chunk string) error {
		got = append(got, chunk)
		return nil
	})
	return got
}

func TestReadText(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string // read byte by byte
	}{
		{"nothing", "", nil},
		{"only newlines", "\n\r\n\n", nil},
		{"blank lines", "\na\n\nb\n\n", []string{"\na", "\n\nb"}},
		{"line ends", "a\r\nb\rc\r", []string{"a", "\nb", "\rc"}},
		{"characters", "aé€🙂", []string{"a", "é", "€", "🙂"}},
		{"invalid", "a\xe2\x82z\xff", []string{"a", "\ufffd\ufffdz", "\ufffd"}},
		{"half a character at the end", "a\xe2\x82", []string{"a", "\ufffd\ufffd"}},
		{"colour", "\x1b[1;31mx\x1b[0m", []string{"\x1b[1;31m", "x", "\x1b[0m"}},
		{"8-bit colour", "\u009b31mx", []string{"\u009b31m", "x"}},
		{"title", "\x1b]0;tit\u00e4l\x07x", []string{"\x1b]0;tit\u00e4l\x07", "x"}},
		{"link", "\x1b]8;;http://x\x1b\\y", []string{"\x1b]8;;http://x\x1b\\", "y"}},
		{"charset", "\x1b(Bx", []string{"\x1b(B", "x"}},
		{"malformed", "\x1b[1\nx", []string{"\x1b[1", "\nx"}},
		{"two at once", "\x1b\x1b[mx", []string{"\x1b", "\x1b[m", "x"}},
		{"unfinished", "x\n\x1b[1", []string{"x"}},
		{"unfinished title", "x\x1b]0;abc", []string{"x"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, chunks([]byte(tt.in), []byte{0})); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadTextGivesUpOnALongSequence(t *testing.T) {
	t.Parallel()
	in := "\x1b]0;" + strings.Repeat("x", 2*hold)
	got := chunks([]byte(in), []byte{9})
	if strings.Join(got, "") != in || len(got) < 5 {
		t.Errorf("%d pieces of %d bytes", len(got), len(strings.Join(got, "")))
	}
}

func FuzzReadText(f *testing.F) {
	long := "\x1b]" + strings.Repeat("y", hold-2)
	for _, seed := range []string{
		"a\n\n🙂\r\n", "\x1b[31mé\x1b[0m\n", "\x1b]8;;x\x1b\\", "\u009b1m\u009d0;t\u009c", "\xe2\x82", "\r", "\x1b(", "\x1b]\xc2",
		long, long + "\x07", long + "y\x1b[3", long + "\xe2\x82\xac\r\n", long + "\n\x1b",
	} {
		f.Add([]byte(seed), []byte{0})
		f.Add([]byte(seed), []byte{3, 200, 1})
	}
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		want := strings.Join(chunks(data, nil), "")
		got := chunks(data, cuts)
		if joined := strings.Join(got, ""); joined != want {
			t.Errorf("%q, in pieces %q", want, joined)
		}
		if want := strings.TrimRight(want, "\r\n"); strings.HasSuffix(want, "\n") {
			t.Errorf("newlines at the end of %q", want)
		}
		var plain strings.Builder
		for _, chunk := range got {
			if !utf8.ValidString(chunk) || chunk == "" {
				t.Errorf("chunk %q", chunk)
			}
			plain.WriteString(shellout.PlainText(chunk))
		}
		if whole := shellout.PlainText(want); len(data) <= hold && plain.String() != whole {
			t.Errorf("plain text %q, in pieces %q", whole, plain.String())
		}
		covered(t, data)
	})
}

// covered checks that every byte belongs to a unit that ends within the data.
func covered(t *testing.T, data []byte) {
	t.Helper()
	for len(data) > 0 {
		n := shellout.Unit(data)
		if n < 0 || n > len(data) {
			t.Fatalf("unit of %d bytes in %q", n, data)
		}
		if n == 0 {
			return
		}
		data = data[n:]
	}
}

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"plain", "a\n\tb é\n", "a\n\tb é\n"},
		{"colours", "\x1b[1;38;5;9mred\x1b[0m \u009b4mline\u009b0m", "red line"},
		{"title and link", "\x1b]0;t\x07a\x1b]8;;http://x\x1b\\b\u009d52;c;aGk=\u009cc", "abc"},
		{"device control", "\x1bPq#0;\x1b\\a\x1b_x\x1b\\b\x1b^y\x1b\\c\x1bXz\x1b\\d", "abcd"},
		{"keys and charsets", "\x1b=\x1b(B\x1b>\x1b7x\x1b8", "x"},
		{"control bytes", "a\x00b\x07c\x08d\re\x7ff\u0085g", "abcdefg"},
		{"unfinished", "a\x1b[31", "a"},
		{"unfinished title", "a\x1b]0;abc", "a"},
		{"aborted", "a\x1b]0;abc\x18d", "ad"},
		{"invalid", "a\xff\xfe", "a\ufffd\ufffd"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := shellout.PlainText(tt.in); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func FuzzPlainText(f *testing.F) {
	f.Add("a\x1b[31mb\u009d0;x\u009c\xff\r\n")
	f.Fuzz(func(t *testing.T, text string) {
		plain := shellout.PlainText(text)
		if !utf8.ValidString(plain) || shellout.PlainText(plain) != plain || strings.ContainsAny(plain, "\x1b\x00\r\u009b") {
			t.Errorf("%q", plain)
		}
	})
}

func TestTail(t *testing.T) {
	t.Parallel()
	small := shellout.Command{StderrLimit: 20}
	long := shellout.Command{StderrLimit: 20_000}
	var given []string
	listening := shellout.Command{StderrLimit: 100, OnStderr: func(line string) { given = append(given, line) }}
	tests := []struct {
		name   string
		c      shellout.Command
		writes []string
		want   string
	}{
		{"nothing", small, nil, ""},
		{"whole", small, []string{" a\n", "\x1b[1mb\x1b[0m\n\n"}, "a\nb"},
		{"cut at a line", small, []string{"0123456789\n0123456789\n", "abc\n"}, "0123456789\nabc"},
		{"cut within a long line", long, []string{strings.Repeat("x", 50_000)}, strings.Repeat("x", 20_000-8<<10)},
		{"heard", listening, []string{"o", "ne\rtwo\r\n\n token=01234567", "89\n", strings.Repeat("é", 3000) + "\n", "end"}, "end"},
	}
	for _, tt := range tests {
		var writes [][]byte
		for _, w := range tt.writes {
			writes = append(writes, []byte(w))
		}
		if got := shellout.TailOf(tt.c, writes...); got != tt.want {
			t.Errorf("%s: %.60q, want %.60q", tt.name, got, tt.want)
		}
	}
	want := []string{"one", "two", "token=[redacted]", strings.Repeat("é", 2048) + "…", "end"}
	if diff := cmp.Diff(want, given); diff != "" {
		t.Error(diff)
	}
}

func BenchmarkReadText(b *testing.B) {
	data := bytes.Repeat([]byte("Some words of an answer, größer as plain.\n\n"), 20_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_ = shellout.ReadText(bytes.NewReader(data), hold, func(string) error { return nil })
	}
}
