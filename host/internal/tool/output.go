package tool

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
)

const (
	// headChars and tailChars are what is kept of a long output: most of it
	// from the end, where the errors are.
	headChars = resultLimit / 5
	tailChars = resultLimit - headChars
	// wholeOutput is how much is cleaned in one piece. Of more than that only
	// the windows at both ends are looked at, so that memory stays small.
	wholeOutput = 1 << 20
	headWindow  = 128 << 10
	tailWindow  = 512 << 10
)

// output is what a command wrote.
type output struct {
	text       string // all of it, if it was not cut
	head, tail string
	cut        bool
	lines      int
	bytes      int64
}

// readOutput reads the output so far from a command's log.
func readOutput(log *os.File) (output, error) {
	info, err := log.Stat()
	if err != nil {
		return output{}, err
	}
	if info.Size() <= wholeOutput {
		raw, err := readAt(log, 0, int(info.Size()))
		if err != nil {
			return output{}, err
		}
		return cutOutput(raw), nil
	}
	return windows(log, info.Size())
}

// cutOutput cleans a whole output and cuts it if it is too long.
func cutOutput(raw []byte) output {
	out := output{bytes: int64(len(raw)), lines: countLines(raw)}
	text := plainText(cleanOutput(raw))
	if runeIndex(text, resultLimit) == len(text) {
		out.text = text
		return out
	}
	out.cut = true
	out.head, _ = cutHead(text, headChars)
	out.tail = cutTail(text, tailChars)
	return out
}

// windows looks at both ends of a large output and counts its lines.
func windows(log *os.File, size int64) (output, error) {
	head, err := readAt(log, 0, headWindow)
	if err != nil {
		return output{}, err
	}
	tail, err := readAt(log, size-tailWindow, tailWindow)
	if err != nil {
		return output{}, err
	}
	lines, err := countAllLines(io.NewSectionReader(log, 0, size))
	if err != nil {
		return output{}, err
	}
	out := output{cut: true, bytes: size, lines: lines}
	if end := bytes.LastIndexByte(head, '\n'); end > headChars {
		head = head[:end+1]
	}
	// A line that the window cuts is left out, unless it is nearly all that there
	// is to show.
	if start := bytes.IndexByte(tail, '\n'); start >= 0 && len(tail)-start > tailChars {
		tail = tail[start+1:]
	}
	out.head, _ = cutHead(plainText(cleanOutput(head)), headChars)
	out.tail = cutTail(plainText(cleanOutput(tail)), tailChars)
	return out, nil
}

func (o output) notice(path string) string {
	newline := ""
	if !strings.HasSuffix(o.head, "\n") {
		newline = "\n"
	}
	return fmt.Sprintf("%s[… cut: %s, %d bytes in all; full output: %s, use read with offset or grep …]\n",
		newline, plural(o.lines, "line"), o.bytes, path)
}

func readAt(file *os.File, offset int64, size int) ([]byte, error) {
	raw := make([]byte, size)
	n, err := file.ReadAt(raw, offset)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return raw[:n], nil
}

func countLines(raw []byte) int {
	lines := bytes.Count(raw, []byte{'\n'})
	if len(raw) > 0 && raw[len(raw)-1] != '\n' {
		lines++
	}
	return lines
}

func countAllLines(r io.Reader) (int, error) {
	buffer := make([]byte, 64<<10)
	lines, last := 0, byte('\n')
	for {
		n, err := r.Read(buffer)
		if chunk := buffer[:n]; n > 0 {
			lines += bytes.Count(chunk, []byte{'\n'})
			last = chunk[len(chunk)-1]
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return 0, err
		}
	}
	if last != '\n' {
		lines++
	}
	return lines, nil
}

// lastLine is the last line with something on it, for showing progress.
func lastLine(log *os.File) string {
	const window = 2048
	info, err := log.Stat()
	if err != nil {
		return ""
	}
	raw, err := readAt(log, max(0, info.Size()-window), window)
	if err != nil {
		return ""
	}
	text := strings.TrimRight(cleanOutput(raw), " \t\n")
	return oneLine(text[strings.LastIndexByte(text, '\n')+1:], 200)
}
