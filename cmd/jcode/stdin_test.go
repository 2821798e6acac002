package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// longGrace is a grace that no test waits for.
const longGrace = time.Hour

func testPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close(); _ = r.Close() })
	return r, w
}

func reader(in *os.File) stdinReader {
	return stdinReader{in: in, hasPrompt: true, grace: longGrace, limit: 1 << 10, waiting: func() {}}
}

func TestStdinFileIsRead(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "in")
	if err := os.WriteFile(path, []byte("context"), 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	text, err := reader(file).read(t.Context())
	if err != nil || string(text.head) != "context" || text.total != 7 {
		t.Errorf("got %+v, %v", text, err)
	}
}

func TestStdinTerminalAndNeverAreNotRead(t *testing.T) {
	t.Parallel()
	r, w := testPipe(t)
	_, _ = io.WriteString(w, "secret of the shell")
	_ = w.Close()
	terminal := reader(r)
	terminal.terminal = true
	never := reader(r)
	never.mode = stdinNever
	for _, reader := range []stdinReader{terminal, never, {}} {
		if text, err := reader.read(t.Context()); err != nil || text.total != 0 {
			t.Errorf("got %+v, %v", text, err)
		}
	}
	if rest, _ := io.ReadAll(r); string(rest) != "secret of the shell" {
		t.Errorf("somebody read: %q is left", rest)
	}
}

func TestStdinSilentPipeIsLeftAfterTheGrace(t *testing.T) {
	t.Parallel()
	r, w := testPipe(t)
	reader := reader(r)
	reader.grace = time.Millisecond
	text, err := reader.read(t.Context())
	if err != nil || !text.silent || text.piped() != nil {
		t.Fatalf("got %+v, %v", text, err)
	}
	_, _ = io.WriteString(w, "late")
	select {
	case <-text.late:
	case <-time.After(10 * time.Second):
		t.Error("late input was not noticed")
	}
}

func TestStdinAfterTheFirstByteTheEndIsWaitedFor(t *testing.T) {
	t.Parallel()
	r, w := testPipe(t)
	reader := reader(r)
	reader.grace = time.Minute
	go func() {
		_, _ = io.WriteString(w, "one ")
		_, _ = io.WriteString(w, "two")
		_ = w.Close()
	}()
	text, err := reader.read(t.Context())
	if err != nil || string(text.head) != "one two" {
		t.Errorf("got %+v, %v", text, err)
	}
}

func TestStdinWithoutPromptWaitsAndSaysSo(t *testing.T) {
	t.Parallel()
	r, w := testPipe(t)
	reader := reader(r)
	reader.hasPrompt, reader.grace = false, time.Millisecond
	reader.waiting = func() {
		_, _ = io.WriteString(w, "the prompt")
		_ = w.Close()
	}
	text, err := reader.read(t.Context())
	if err != nil || string(text.head) != "the prompt" {
		t.Errorf("got %+v, %v", text, err)
	}
}

func TestStdinWaitModeHasNoGrace(t *testing.T) {
	t.Parallel()
	r, _ := testPipe(t)
	reader := reader(r)
	reader.mode, reader.grace = stdinWait, time.Nanosecond
	cause := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	time.AfterFunc(50*time.Millisecond, func() { cancel(cause) })
	if text, err := reader.read(ctx); !errors.Is(err, cause) {
		t.Errorf("got %+v, %v", text, err)
	}
}

func TestStdinNULIsRefused(t *testing.T) {
	t.Parallel()
	r, w := testPipe(t)
	go func() { _, _ = w.Write([]byte("a\x00b")); _ = w.Close() }()
	_, err := reader(r).read(t.Context())
	if f := explain(err); f == nil || f.exit != exitUsage || !strings.Contains(f.hint, "-f") {
		t.Errorf("got %v", err)
	}
}

func TestStdinOverTheLimitKeepsHeadTailAndAll(t *testing.T) {
	t.Parallel()
	whole := make([]byte, 0, 10_000)
	for i := range 2_500 {
		whole = append(whole, byte('a'+i%26), 0xc3, 0xa9, byte('0'+i%10)) // é in the middle
	}
	for _, size := range []int{1024, 1025, 2000, len(whole)} {
		for _, chunk := range []int{1, 2, 3, 7, 700, 5000} {
			limit := int64(1021 + chunk%4) // cuts at every place of a character
			s := newSpool(limit)
			for part := whole[:size]; len(part) > 0; part = part[min(chunk, len(part)):] {
				if err := s.add(part[:min(chunk, len(part))]); err != nil {
					t.Fatal(err)
				}
			}
			text, err := s.finish(nil)
			s.close()
			if err != nil {
				t.Fatal(err)
			}
			checkSpooled(t, text, whole[:size], int(limit))
		}
	}
}

func checkSpooled(t *testing.T, text pipedText, whole []byte, limit int) {
	t.Helper()
	if text.total != int64(len(whole)) {
		t.Errorf("total %d, want %d", text.total, len(whole))
	}
	if text.spool == "" {
		if !bytes.Equal(text.head, whole) || text.tail != nil {
			t.Errorf("what fits must be whole: %d of %d bytes", len(text.head), len(whole))
		}
		return
	}
	defer os.Remove(text.spool)
	kept, err := os.ReadFile(text.spool)
	if err != nil || !bytes.Equal(kept, whole) {
		t.Errorf("the file has %d of %d bytes, %v", len(kept), len(whole), err)
	}
	if !bytes.HasPrefix(whole, text.head) || !bytes.HasSuffix(whole, text.tail) {
		t.Error("head or tail is not of the text")
	}
	if n := len(text.head) + len(text.tail); n > limit || n < limit-6 {
		t.Errorf("%d bytes kept of %d", n, limit)
	}
	if !utf8.Valid(text.head) || !utf8.Valid(text.tail) {
		t.Error("a character was cut")
	}
}

func TestParseSize(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]int64{"0": 0, "12": 12, "4k": 4096, "1M": 1 << 20, "2GB": 2 << 30, "x": -1, "-1": -1, "9999999999G": -1} {
		got, err := parseSize(in)
		if err != nil {
			got = -1
		}
		if got != want {
			t.Errorf("parseSize(%q) = %d, want %d", in, got, want)
		}
	}
}
