package session

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
)

// loaded is a session's file as read: its state, and where good bytes end.
type loaded struct {
	state
	// size is the length of the good part; less than the file's when its last
	// line is torn.
	size int64
	torn bool
	// unended says that the last line is whole but lacks its line end.
	unended bool
}

const readBuffer = 256 << 10

// load reads a session as it goes on: what was compacted away is not in it.
func load(path string) (*loaded, error) { return loadInto(path, &loaded{}) }

// loadWhole reads all that was said.
func loadWhole(path string) (*loaded, error) {
	return loadInto(path, &loaded{state: state{whole: true}})
}

func loadInto(path string, out *loaded) (*loaded, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read session: %w", err)
	}
	defer func() { _ = file.Close() }()
	reader := lineReader{in: bufio.NewReaderSize(file, readBuffer)}
	for number := 1; ; number++ {
		line, err := reader.next()
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("read session %s: %w", path, err)
		}
		ended := err == nil
		if len(line) == 0 && !ended {
			return out, out.check(path, number)
		}
		if fault := out.line(line, ended, number); fault != nil {
			return nil, &CorruptError{File: path, Line: number, Err: fault}
		}
		if !ended {
			return out, out.check(path, number)
		}
	}
}

func (l *loaded) line(line []byte, ended bool, number int) error {
	length := int64(len(line))
	if ended {
		length++
	}
	e, message, err := decode(line)
	if err == nil && number == 1 && (e.Type != typeHeader || e.Header == nil) {
		err = errors.New("the first line is no header")
	}
	if err == nil && e.Type == typeTurn && e.Turn == nil {
		err = errors.New("a turn entry without its turn")
	}
	if err == nil && e.Type == typeCompact && e.Compaction == nil {
		err = errors.New("a compact entry without its compaction")
	}
	switch {
	case err == nil:
		l.apply(e, message)
		l.size += length
		l.unended = !ended
		return nil
	case !ended && number > 1:
		l.torn = true
		return nil
	}
	return err
}

func (l *loaded) check(path string, number int) error {
	if l.header.ID == "" {
		return &CorruptError{File: path, Line: min(number, 1), Err: errors.New("no header")}
	}
	return nil
}

// lineReader reads lines of any length into one buffer that it uses again.
type lineReader struct {
	in     *bufio.Reader
	buffer []byte
}

// next returns a line without its end, valid until the next call. io.EOF comes
// with the last, unended line.
func (r *lineReader) next() ([]byte, error) {
	r.buffer = r.buffer[:0]
	for {
		piece, err := r.in.ReadSlice('\n')
		if err == nil && len(r.buffer) == 0 {
			return bytes.TrimSuffix(piece, []byte("\n")), nil
		}
		r.buffer = append(r.buffer, piece...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == nil {
			return r.buffer[:len(r.buffer)-1], nil
		}
		return r.buffer, err
	}
}
