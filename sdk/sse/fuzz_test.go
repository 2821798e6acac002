package sse_test

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/sdk/sse"
)

// chunked cuts a stream into pieces whose sizes are the bytes of cuts.
type chunked struct {
	in, cuts []byte
	i        int
}

func (c *chunked) Read(p []byte) (int, error) {
	if len(c.in) == 0 {
		return 0, io.EOF
	}
	n := len(c.in)
	if len(c.cuts) > 0 {
		n = min(n, int(c.cuts[c.i%len(c.cuts)])+1)
		c.i++
	}
	n = copy(p, c.in[:n])
	c.in = c.in[n:]
	return n, nil
}

// Whatever the network does to the stream, the events are the same, and no event
// is larger than the limit.
func FuzzChunking(f *testing.F) {
	for _, tt := range framing {
		f.Add([]byte(tt.in), []byte{0, 2, 5}, uint8(1))
	}
	f.Add([]byte("data: ab\r\ndata: c\xc3\xa9\n\r"), []byte{8}, uint8(200))
	f.Fuzz(func(t *testing.T, in, cuts []byte, repeat uint8) {
		const limit = 100 << 10
		stretched := bytes.Repeat(in, int(repeat)+1)
		if len(stretched) > 1<<20 {
			t.Skip("larger input shows nothing more")
		}
		want, wantErr := readAll(bytes.NewReader(stretched), sse.WithMaxEventBytes(limit))
		all, err := readAll(&chunked{in: stretched, cuts: cuts}, sse.WithMaxEventBytes(limit))
		if d := cmp.Diff(want, all); d != "" {
			t.Errorf("chunking changed the events: -whole +chunked\n%s", d)
		}
		if (errors.Is(wantErr, io.EOF)) != (errors.Is(err, io.EOF)) {
			t.Errorf("chunking changed the end: %v, then %v", wantErr, err)
		}
		for _, e := range all {
			if len(e.Data) > limit {
				t.Errorf("event of %d bytes", len(e.Data))
			}
		}
	})
}

// What is written as events is read back, whatever is in the data.
func FuzzRoundTrip(f *testing.F) {
	f.Add([]byte("{\"a\":1}"), []byte("second\nline"))
	f.Add([]byte(" \x00\xff"), []byte(""))
	f.Fuzz(func(t *testing.T, a, b []byte) {
		var in bytes.Buffer
		for _, data := range [][]byte{a, b} {
			for line := range bytes.SplitSeq(data, []byte("\n")) {
				if bytes.IndexByte(line, '\r') >= 0 {
					t.Skip("a CR cannot be said in this format")
				}
				in.WriteString("data: " + string(line) + "\n")
			}
			in.WriteString("\n")
		}
		all, err := readAll(&in)
		if !errors.Is(err, io.EOF) || !cmp.Equal([]got{{Data: string(a)}, {Data: string(b)}}, all) {
			t.Errorf("%q: %+v, %v", [][]byte{a, b}, all, err)
		}
	})
}
