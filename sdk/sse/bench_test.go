package sse_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jcode-go/jcode/sdk/sse"
)

// deltas is a stream of n small text deltas, as a vendor sends them.
func deltas(n int) []byte {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"index\":0,"+
			"\"delta\":{\"type\":\"text_delta\",\"text\":\"word %d \"}}\n\n", i)
	}
	return b.Bytes()
}

func BenchmarkDeltas20000(b *testing.B) {
	const n = 20_000
	in := deltas(n)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		r := sse.NewReader(bytes.NewReader(in))
		events := 0
		for {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
			events++
		}
		if events != n {
			b.Fatalf("%d events", events)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/event")
}

func BenchmarkLargeEvent(b *testing.B) {
	in := append(append([]byte("data: "), bytes.Repeat([]byte("x"), 8<<20)...), "\n\n"...)
	b.SetBytes(int64(len(in)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := sse.NewReader(bytes.NewReader(in)).Next(); err != nil {
			b.Fatal(err)
		}
	}
}

// The steady state does not allocate: what a long stream costs is its bytes.
func TestNoAllocationPerEvent(t *testing.T) {
	r := sse.NewReader(bytes.NewReader(deltas(5000)))
	if _, err := r.Next(); err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(4000, func() { _, _ = r.Next() }); n > 0 {
		t.Errorf("%v allocations for an event", n)
	}
}
