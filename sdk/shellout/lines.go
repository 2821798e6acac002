package shellout

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

const (
	readBuffer = 64 << 10
	keepBuffer = 1 << 20 // a longer line's memory is given back
)

var byteOrderMark = []byte("\xef\xbb\xbf")

// readLines calls line for each line of r that is not blank until r ends, line
// returns true (errLast) or an error, or a line exceeds limit.
func readLines(r io.Reader, limit int, line func([]byte) (bool, error)) error {
	reader := bufio.NewReaderSize(r, readBuffer)
	var long []byte
	first := true
	for {
		piece, err := reader.ReadSlice('\n')
		if len(long)+len(piece) > limit {
			return ErrLineTooLong
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			long = append(long, piece...)
			continue
		}
		if errors.Is(err, errStopping) {
			return err
		}
		if len(long) > 0 {
			long = append(long, piece...)
			piece = long
		}
		if first {
			piece, first = bytes.TrimPrefix(piece, byteOrderMark), false
		}
		if err := handLine(piece, line); err != nil {
			return err
		}
		if err != nil {
			return endOf(err)
		}
		if long = long[:0]; cap(long) > keepBuffer {
			long = nil
		}
	}
}

func handLine(piece []byte, line func([]byte) (bool, error)) error {
	piece = bytes.TrimSuffix(piece, []byte("\n"))
	piece = bytes.TrimSuffix(piece, []byte("\r"))
	if len(bytes.TrimSpace(piece)) == 0 {
		return nil
	}
	last, err := line(piece)
	switch {
	case err != nil:
		return err
	case last:
		return errLast
	}
	return nil
}
