package main

import (
	"bytes"
	"fmt"
	"os"
)

// spool keeps the beginning and the end of a long text in memory, and all of it
// in a file once it does not fit.
type spool struct {
	limit int64
	total int64
	// head is the first half of the limit once there is a file; before that,
	// everything.
	head []byte
	// ring holds the last bytes; at is where the next one goes.
	ring []byte
	at   int
	file *os.File
}

func newSpool(limit int64) *spool { return &spool{limit: max(limit, 2)} }

// add takes the next piece. A NUL byte is an error: text has none.
func (s *spool) add(chunk []byte) error {
	if bytes.IndexByte(chunk, 0) >= 0 {
		return errNUL
	}
	s.total += int64(len(chunk))
	if s.file == nil {
		s.head = append(s.head, chunk...)
		if int64(len(s.head)) <= s.limit {
			return nil
		}
		return s.overflow()
	}
	if _, err := s.file.Write(chunk); err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	s.keepTail(chunk)
	return nil
}

// overflow moves what came so far into a file and splits memory in halves.
func (s *spool) overflow() error {
	file, err := os.CreateTemp("", "jcode-stdin-*")
	if err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	s.file = file
	if _, err := file.Write(s.head); err != nil {
		return fmt.Errorf("keep standard input: %w", err)
	}
	rest := s.head[s.limit/2:]
	s.ring = make([]byte, 0, s.limit-s.limit/2)
	s.keepTail(rest)
	s.head = bytes.Clone(s.head[:s.limit/2])
	return nil
}

func (s *spool) keepTail(chunk []byte) {
	size := cap(s.ring)
	if len(chunk) > size {
		chunk = chunk[len(chunk)-size:]
	}
	if room := size - len(s.ring); room > 0 {
		n := min(room, len(chunk))
		s.ring = append(s.ring, chunk[:n]...)
		chunk = chunk[n:]
	}
	for len(chunk) > 0 {
		n := copy(s.ring[s.at:], chunk)
		s.at = (s.at + n) % size
		chunk = chunk[n:]
	}
}

// finish returns what was kept, cut between characters.
func (s *spool) finish(err error) (pipedText, error) {
	if err != nil {
		s.discard()
		return pipedText{}, readInput(err)
	}
	text := pipedText{head: s.head, total: s.total}
	if s.file != nil {
		text.tail = append(bytes.Clone(s.ring[s.at:]), s.ring[:s.at]...)
		text.head, text.tail = trimEnd(text.head), trimStart(text.tail)
		text.spool = s.file.Name()
	}
	return text, nil
}

// discard removes the file: nobody will read it.
func (s *spool) discard() {
	if s.file != nil {
		_ = s.file.Close()
		_ = os.Remove(s.file.Name())
		s.file = nil
	}
}

func (s *spool) close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// trimEnd drops the beginning of a character whose rest was cut off.
func trimEnd(text []byte) []byte {
	for i := 1; i <= 3 && i <= len(text); i++ {
		b := text[len(text)-i]
		if b < 0x80 {
			return text
		}
		if b >= 0xc0 {
			if i < characterLength(b) {
				return text[:len(text)-i]
			}
			return text
		}
	}
	return text
}

// trimStart drops the rest of a character whose beginning was cut off.
func trimStart(text []byte) []byte {
	for i := 0; i < 3 && i < len(text); i++ {
		if text[i] < 0x80 || text[i] >= 0xc0 {
			return text[i:]
		}
	}
	return text
}

// characterLength is the length of the UTF-8 sequence that b begins.
func characterLength(b byte) int {
	switch {
	case b >= 0xf0:
		return 4
	case b >= 0xe0:
		return 3
	}
	return 2
}
