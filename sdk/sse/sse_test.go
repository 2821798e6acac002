package sse_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/sse"
)

// got is an event that may be kept.
type got struct {
	Type, Data, ID string
	Partial        bool
}

func readAll(r io.Reader, opts ...sse.Option) ([]got, error) {
	var all []got
	rd := sse.NewReader(r, opts...)
	for {
		e, err := rd.Next()
		if err != nil {
			return all, err
		}
		all = append(all, got{e.Type, string(e.Data), e.ID, e.Partial})
	}
}

var framing = []struct {
	name, in string
	want     []got
}{
	{"empty", "", nil},
	{"one", "event: ping\ndata: {}\n\n", []got{{Type: "ping", Data: "{}"}}},
	{"crlf", "event: ping\r\ndata: {}\r\n\r\n", []got{{Type: "ping", Data: "{}"}}},
	{"lone cr", "event: ping\rdata: {}\r\rdata: 2\r\r", []got{{Type: "ping", Data: "{}"}, {Data: "2"}}},
	{"mixed ends", "data: a\r\ndata: b\rdata: c\n\r\n", []got{{Data: "a\nb\nc"}}},
	{"no space", "event:x\ndata:{}\n\n", []got{{Type: "x", Data: "{}"}}},
	{"one space only is dropped", "data:  a \n\n", []got{{Data: " a "}}},
	{"joined lines", "data: a\ndata:\ndata: b\n\n", []got{{Data: "a\n\nb"}}},
	{"empty data is an event", "data\n\n", []got{{}}},
	{"data without colon joins", "data: a\ndata\n\n", []got{{Data: "a\n"}}},
	{"comments", ": hi\n\n:\ndata: a\n: in between\n\n", []got{{Data: "a"}}},
	{"no data is skipped", "event: x\nid: 7\n\ndata: a\n\n", []got{{Data: "a", ID: "7"}}},
	{"id stays", "id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", []got{{Data: "a", ID: "7"}, {Data: "b", ID: "7"}, {Data: "c"}}},
	{"id with NUL is ignored", "id: a\x00b\ndata: a\n\n", []got{{Data: "a"}}},
	{"unknown fields", "retry: 10\nx-new: 1\ndatax: no\nda\ndata: a\n\n", []got{{Data: "a"}}},
	{"last event name counts", "event: a\nevent: b\ndata: 1\n\n", []got{{Type: "b", Data: "1"}}},
	{"type is per event", "event: a\ndata: 1\n\ndata: 2\n\n", []got{{Type: "a", Data: "1"}, {Data: "2"}}},
	{"byte order mark", "\xef\xbb\xbfdata: a\n\n", []got{{Data: "a"}}},
	{"later mark is no mark", "data: a\n\n\xef\xbb\xbfdata: b\n\n", []got{{Data: "a"}}},
	{"many blank lines", "\n\n\ndata: a\n\n\n\ndata: b\n\n", []got{{Data: "a"}, {Data: "b"}}},
	{"no blank line at the end", "data: a\n", []got{{Data: "a", Partial: true}}},
	{"no newline at the end", "data: a\n\ndata: [DONE]", []got{{Data: "a"}, {Data: "[DONE]", Partial: true}}},
	{"name alone at the end", "data: a\n\nevent: x", []got{{Data: "a"}}},
	{"bytes are left alone", "data: \xff\xc3\x28\x00\u00e9\n\n", []got{{Data: "\xff\xc3\x28\x00\u00e9"}}},
	{"colon in data", "data: a:b: c\n\n", []got{{Data: "a:b: c"}}},
	{"field names are exact", "Data: a\n data: b\ndata : c\n\n", nil},
}

func TestFraming(t *testing.T) {
	t.Parallel()
	for _, tt := range framing {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			for how, r := range map[string]io.Reader{
				"at once":      strings.NewReader(tt.in),
				"bytewise":     iotest.OneByteReader(strings.NewReader(tt.in)),
				"data and EOF": iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				all, err := readAll(r)
				if !errors.Is(err, io.EOF) {
					t.Errorf("%s: error %v, want io.EOF", how, err)
				}
				if d := cmp.Diff(tt.want, all); d != "" {
					t.Errorf("%s: -want +got\n%s", how, d)
				}
			}
		})
	}
}

func TestLinesLongerThanTheBuffer(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("0123456789abcde\u00e9", 3<<20/17)
	in := ": " + long + "\r\ndata: " + long + "\r\ndata: " + long + "\nx: " + long + "\n\ndata: b\n\n"
	want := []got{{Data: long + "\n" + long}, {Data: "b"}}
	for how, r := range map[string]io.Reader{
		"at once": strings.NewReader(in),
		"halves":  iotest.HalfReader(strings.NewReader(in)),
	} {
		all, err := readAll(r)
		if !errors.Is(err, io.EOF) || !cmp.Equal(want, all) {
			t.Errorf("%s: %d events, error %v", how, len(all), err)
		}
	}
}

// A line as long as the buffer comes out in one piece and an empty rest, which is
// not the blank line that ends an event.
func TestLinesAsLongAsTheBuffer(t *testing.T) {
	t.Parallel()
	const buffer = 32 << 10
	for n := buffer - 3; n <= buffer+3; n++ {
		value := strings.Repeat("x", n-len("data: "))
		in := "data: " + value + "\r\ndata: b\r\n\r\n"
		all, err := readAll(strings.NewReader(in))
		if !errors.Is(err, io.EOF) || !cmp.Equal([]got{{Data: value + "\nb"}}, all) {
			t.Errorf("line of %d bytes: %d events, error %v", n, len(all), err)
		}
	}
}

func TestLimit(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		events   int
		limit    int // 0: io.EOF
	}{
		{"just fits", "data: 0123456789\n\n", 1, 0},
		{"one byte over", "data: a\n\ndata: 0123456789a\n\n", 1, 10},
		{"newlines count", "data: 01234\ndata: 56789\n\n", 0, 10},
		{"each event has its own", strings.Repeat("data: 0123456789\n\n", 9), 9, 0},
		{"comments do not count", strings.Repeat(": 0123456789\n", 9) + "data: a\n\n", 1, 0},
		{"endless line", "data: " + strings.Repeat("x", 100<<10), 0, 10},
		{"endless name", "event: " + strings.Repeat("x", 100<<10), 0, 32 << 10},
		{"endless comment", ":" + strings.Repeat("x", 100<<10) + "\ndata: a\n\n", 1, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			all, err := readAll(strings.NewReader(tt.in), sse.WithMaxEventBytes(10))
			limit := 0
			if large := (*sse.TooLargeError)(nil); errors.As(err, &large) {
				limit = large.Limit
			} else if !errors.Is(err, io.EOF) {
				t.Errorf("error %v", err)
			}
			if limit != tt.limit || len(all) != tt.events {
				t.Errorf("%d events, limit %d; want %d, %d", len(all), limit, tt.events, tt.limit)
			}
		})
	}
}

// endless is a line that never ends and counts what is read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	return copy(p, bytes.Repeat([]byte("data:"), len(p)/5+1)), nil
}

func TestDefaultLimitHoldsAgainstAnEndlessLine(t *testing.T) {
	t.Parallel()
	src := new(endless)
	_, err := readAll(src)
	large := (*sse.TooLargeError)(nil)
	if !errors.As(err, &large) || large.Limit != 64<<20 {
		t.Errorf("error %v, want the limit of 64 MiB", err)
	}
	if src.read > 65<<20 {
		t.Errorf("read %d bytes", src.read)
	}
}

func TestErrorOfTheStream(t *testing.T) {
	t.Parallel()
	cut := errors.New("connection reset")
	r := sse.NewReader(io.MultiReader(strings.NewReader("data: a\n\ndata: half"), iotest.ErrReader(cut)))
	if e, err := r.Next(); err != nil || string(e.Data) != "a" {
		t.Fatalf("first: %q, %v", e.Data, err)
	}
	for range 2 { // it stays, and the half event is not delivered
		if e, err := r.Next(); !errors.Is(err, cut) {
			t.Errorf("second: %q, %v, want %v", e.Data, err, cut)
		}
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

func TestReaderWithoutProgress(t *testing.T) {
	t.Parallel()
	if _, err := readAll(stuck{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("error %v, want io.ErrNoProgress", err)
	}
}

// An event must come out when its last byte is in, not when the next one comes.
func TestEventsAreNotHeldBack(t *testing.T) {
	t.Parallel()
	for _, end := range []string{"\n", "\r\n", "\r"} {
		pr, pw := io.Pipe()
		rd := sse.NewReader(pr)
		for range 3 {
			go func() { _, _ = io.WriteString(pw, "data: a"+end+end) }()
			if e, err := rd.Next(); err != nil || string(e.Data) != "a" {
				t.Errorf("end %q: %q, %v", end, e.Data, err)
			}
		}
	}
}
