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

// readLines calls line for each line of r that is not blank until r ends, or line
// returns true (errLast) or an error. A line above limit is left out, and counted.
func readLines(r io.Reader, limit int, line func([]byte) (bool, error)) (leftOut int, err error) {
	reader := bufio.NewReaderSize(r, readBuffer)
	var long []byte
	first, over := true, false
	for {
		piece, err := reader.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if !over && len(long)+len(piece) > limit {
			over, leftOut, long = true, leftOut+1, nil
		}
		if full && !over {
			long = append(long, piece...)
		}
		if full {
			continue
		}
		if errors.Is(err, errStopping) {
			return leftOut, err
		}
		if over {
			piece, over = nil, false
		}
		if len(long) > 0 {
			long = append(long, piece...)
			piece = long
		}
		if first {
			piece, first = bytes.TrimPrefix(piece, byteOrderMark), false
		}
		if err := handLine(piece, line); err != nil {
			return leftOut, err
		}
		if err != nil {
			return leftOut, endOf(err)
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
