//go:build unix

package guard

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
)

func pair(t *testing.T) (*conn, *conn) {
	t.Helper()
	ours, theirs, err := socketpair()
	if err != nil {
		t.Fatal(err)
	}
	a, err := newConn(ours)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newConn(theirs)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { a.close(); b.close() })
	return a, b
}

func TestConnCarriesFiles(t *testing.T) {
	t.Parallel()
	a, b := pair(t)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	large := strings.Repeat("x", 3<<20) // many times what the socket holds
	sent := make(chan error, 1)
	go func() { sent <- errors.Join(a.send('S', []byte(large), w), w.Close(), a.send('T', nil)) }()
	m, err := b.recv()
	if err != nil || m.kind != 'S' || string(m.payload) != large || len(m.fds) != 1 {
		t.Fatalf("%c, %d bytes, files %v, %v", m.kind, len(m.payload), m.fds, err)
	}
	got := os.NewFile(uintptr(m.fds[0]), "received")
	if m, err := b.recv(); err != nil || m.kind != 'T' || len(m.payload)+len(m.fds) != 0 {
		t.Errorf("second: %+v, %v", m, err)
	}
	if err := <-sent; err != nil {
		t.Error(err)
	}
	if _, err := io.WriteString(got, "hello"); err != nil {
		t.Error(err)
	}
	_ = got.Close()
	if text, err := io.ReadAll(r); err != nil || string(text) != "hello" {
		t.Errorf("%q, %v", text, err)
	}
}

func TestConnEnds(t *testing.T) {
	t.Parallel()
	for name, part := range map[string]string{
		"at once": "", "in the header": "\x00\x00", "in the payload": "\x00\x00\x00\x09Sabc",
	} {
		a, b := pair(t)
		if _, err := io.WriteString(a.f, part); err != nil {
			t.Fatal(err)
		}
		a.close()
		if m, err := b.recv(); !errors.Is(err, io.EOF) {
			t.Errorf("%s: %+v, %v; want io.EOF", name, m, err)
		}
	}
	a, b := pair(t)
	if _, err := io.WriteString(a.f, "\xff\xff\xff\xffS"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.recv(); !errors.Is(err, errMalformed) {
		t.Errorf("endless payload: %v", err)
	}
}

// A guardian may have answered and gone before its program returns from telling
// it; the message was delivered all the same.
func TestConnEndsAfterTheMessage(t *testing.T) {
	t.Parallel()
	for range 5000 {
		a, b := pair(t)
		go func() {
			m, _ := b.recv()
			for _, fd := range m.fds {
				_ = os.NewFile(uintptr(fd), "received").Close()
			}
			b.close()
		}()
		if err := a.send('S', []byte("order"), os.Stdin, os.Stdout, os.Stderr); err != nil {
			t.Fatal(err)
		}
		a.close()
	}
}
