package shellout_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/shellout"
)

// pieces reads data in pieces whose sizes are the bytes of cuts, over and over; a
// zero is a read of nothing.
type pieces struct {
	data, cuts []byte
	at         int
}

func (p *pieces) Read(b []byte) (int, error) {
	if len(p.data) == 0 {
		return 0, io.EOF
	}
	n := len(p.data)
	if len(p.cuts) > 0 {
		n = int(p.cuts[p.at%len(p.cuts)])
		p.at++
		if p.at%len(p.cuts) == 0 {
			n++ // so that it ends
		}
	}
	n = copy(b, p.data[:min(n, len(p.data))])
	p.data = p.data[n:]
	return n, nil
}

func readAllLines(r io.Reader, limit int) ([]string, error) {
	var got []string
	_, err := shellout.ReadLines(r, limit, func(line []byte) (bool, error) {
		got = append(got, string(line))
		return string(line) == "last", nil
	})
	return got, err
}

func TestReadLines(t *testing.T) {
	t.Parallel()
	const limit = 200_000
	long := strings.Repeat("x", limit-1)
	broken := errors.New("broken")
	tests := []struct {
		name string
		in   io.Reader
		want []string
		err  error
	}{
		{"nothing", strings.NewReader(""), nil, nil},
		{"blank", strings.NewReader("\n\r\n \t\n\n"), nil, nil},
		{"unfinished", strings.NewReader("a\nb"), []string{"a", "b"}, nil},
		{"returns inside", strings.NewReader("a\rb\r\r\n"), []string{"a\rb\r"}, nil},
		{"byte order mark", strings.NewReader("\ufeffa\n\ufeffb\n"), []string{"a", "\ufeffb"}, nil},
		{"only a byte order mark", strings.NewReader("\ufeff"), nil, nil},
		{"last", strings.NewReader("a\nlast\nb"), []string{"a", "last"}, shellout.ErrLast},
		{"at the limit", strings.NewReader(long + "\n" + long + "\nb"), []string{long, long, "b"}, nil},
		{"above the limit", strings.NewReader("a\nx" + long + "\nb\nx" + long + long + long + "\nc"), []string{"a", "b", "c"}, nil},
		{"above the limit without an end", strings.NewReader(long + "xx"), nil, nil},
		{"broken", io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)), []string{"a", "b"}, broken},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := readAllLines(tt.in, limit)
			if diff := cmp.Diff(tt.want, got); diff != "" || !errors.Is(err, tt.err) || (tt.err == nil) != (err == nil) {
				t.Errorf("%v, want %v\n%.300s", err, tt.err, diff)
			}
		})
	}
}

func FuzzReadLines(f *testing.F) {
	f.Add([]byte("a\nb\r\n\nlast\nc"), []byte{1})
	f.Add([]byte("\ufeff{}\n"), []byte{2, 0, 5})
	f.Add(bytes.Repeat([]byte("0123456789"), 20), []byte{7})
	f.Fuzz(func(t *testing.T, data, cuts []byte) {
		const limit = 100
		want, wantErr := readAllLines(bytes.NewReader(data), limit)
		got, err := readAllLines(&pieces{data: data, cuts: cuts}, limit)
		if diff := cmp.Diff(want, got); diff != "" || !errors.Is(err, wantErr) {
			t.Errorf("%v, want %v\n%s", err, wantErr, diff)
		}
		var short strings.Builder // what has no line above the limit
		over := 0
		for line := range strings.Lines(string(data)) {
			if len(line) > limit {
				over++
				continue
			}
			short.WriteString(line)
		}
		leftOut, _ := shellout.ReadLines(bytes.NewReader(data), limit, func([]byte) (bool, error) { return false, nil })
		if leftOut != over {
			t.Errorf("%d lines left out, want %d", leftOut, over)
		}
		begin := strings.TrimPrefix(short.String(), "\ufeff")
		if want, got := stripSpace(begin), stripSpace(strings.Join(got, "")); err == nil && want != got {
			t.Errorf("%q became %q", want, got)
		}
	})
}

// stripSpace leaves what no line's end and no blank line has.
func stripSpace(s string) string { return strings.Join(strings.Fields(s), "") }

func BenchmarkReadLines(b *testing.B) {
	data := bytes.Repeat([]byte(`{"type":"delta","text":"a few words of an answer"}`+"\n"), 20_000)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		_, _ = shellout.ReadLines(bytes.NewReader(data), 1<<20, func([]byte) (bool, error) { return false, nil })
	}
}
