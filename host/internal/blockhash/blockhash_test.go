package blockhash

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"testing"
)

// plain is the digest as it is described, on one core.
func plain(data []byte, whole string) string {
	sum := sha256.New()
	fmt.Fprintf(sum, "jcode blocks 1 %d %s\n", len(data), whole)
	for len(data) > 0 {
		n := min(len(data), 1<<20)
		block := sha256.Sum256(data[:n])
		sum.Write(block[:])
		data = data[n:]
	}
	return hex.EncodeToString(sum.Sum(nil))
}

func sample(size int) []byte {
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i * 7 / 3)
	}
	return data
}

func TestSum(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 127, 128 << 10, 1<<20 - 1, 1 << 20, 1<<20 + 1, 5<<20 + 12345} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			t.Parallel()
			data := sample(size)
			got, err := Sum(bytes.NewReader(data), int64(size), "abc")
			if err != nil || got != plain(data, "abc") {
				t.Errorf("got %s, %v; want %s", got, err, plain(data, "abc"))
			}
		})
	}
}

// The build writes this digest as well: tools/bundle has the same vector.
func TestVector(t *testing.T) {
	t.Parallel()
	const want = "4609aea4113083458a893aecb88a72bdfbe1f1a56bc34a605f24e58f114c1120"
	if got, err := Sum(bytes.NewReader(sample(3<<20+5)), 3<<20+5, "00ff"); err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}

func TestEveryPartCounts(t *testing.T) {
	t.Parallel()
	data := sample(3 << 20)
	base, _ := Sum(bytes.NewReader(data), 3<<20, "abc")
	changed := map[string]func() (string, error){
		"another whole": func() (string, error) { return Sum(bytes.NewReader(data), 3<<20, "abd") },
		"shorter":       func() (string, error) { return Sum(bytes.NewReader(data), 3<<20-1, "abc") },
	}
	for _, at := range []int{0, 1<<20 - 1, 1 << 20, 3<<20 - 1} {
		changed[fmt.Sprintf("byte %d", at)] = func() (string, error) {
			other := bytes.Clone(data)
			other[at]++
			return Sum(bytes.NewReader(other), 3<<20, "abc")
		}
	}
	for name, sum := range changed {
		if got, err := sum(); err != nil || got == base {
			t.Errorf("%s: %s, %v", name, got, err)
		}
	}
}

type broken struct{}

var errRead = errors.New("read error")

func (broken) ReadAt([]byte, int64) (int, error) { return 0, errRead }

func TestUnreadable(t *testing.T) {
	t.Parallel()
	if _, err := Sum(broken{}, 3<<20, ""); !errors.Is(err, errRead) {
		t.Errorf("error %v", err)
	}
	if _, err := Sum(bytes.NewReader(sample(100)), 200, ""); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a file that ends early: error %v", err)
	}
}

func TestWhole(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 128<<10 + 1, 3 << 20} {
		data := sample(size)
		want := sha256.Sum256(data)
		got, err := Whole(bytes.NewReader(append(data, "more"...)), int64(size))
		if err != nil || got != hex.EncodeToString(want[:]) {
			t.Errorf("%d bytes: %s, %v", size, got, err)
		}
	}
}
