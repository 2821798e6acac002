package tool

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// hashing hashes what is read through it, unless the file is too large.
type hashing struct {
	io.Reader
	sum  hash.Hash
	left int64 // until the scan ends
}

func newHashing(file io.Reader, size int64) *hashing {
	h := &hashing{Reader: file, left: readScan}
	if size <= readScan {
		h.sum = sha256.New()
	}
	return h
}

// Read implements io.Reader.
func (h *hashing) Read(p []byte) (int, error) {
	n, err := h.Reader.Read(p)
	if h.sum != nil {
		h.sum.Write(p[:n])
	}
	h.left -= int64(n)
	return n, err
}

// digest is the hash of everything; it reads what is left. It is zero for a
// large file.
func (h *hashing) digest() digest {
	var d digest
	if h.sum == nil {
		return d
	}
	if _, err := io.Copy(io.Discard, h); err == nil {
		h.sum.Sum(d[:0])
	}
	return d
}

// textFile is a text file being read.
type textFile struct {
	reader   *bufio.Reader
	hashing  *hashing
	encoding encoding
	info     os.FileInfo
}

// page is a range of lines as the model sees it.
type page struct {
	text  strings.Builder
	seen  []uint64 // hashes of the lines shown whole
	first int
	last  int
	next  int // offset to go on with; 0 at the end
	total int
	exact bool // total is the number of lines, not just at least that
	crlf  bool
	mixed bool
	odd   bool // bytes that are no UTF-8
	hash  digest
}

// page reads the range, and the rest of the file as far as readScan for its
// hash and its number of lines.
func (f *textFile) page(ctx context.Context, want lineRange, lineHash func(string) uint64) (*page, error) {
	reader, err := f.encoding.decode(f.reader)
	if err != nil {
		return nil, err
	}
	p := &page{exact: true}
	crlf, lf := 0, 0
	for {
		if p.total%4096 == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
		inside := p.total+1 >= want.offset && p.next == 0
		line, err := readLine(reader, inside)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		p.total++
		switch {
		case line.crlf:
			crlf++
		case line.ended:
			lf++
		}
		if inside {
			p.add(line, want, lineHash)
		}
		if p.next > 0 && f.hashing.left < 0 {
			p.exact = false
			break
		}
	}
	p.crlf, p.mixed = crlf > 0, crlf > 0 && lf > 0
	if p.exact {
		p.hash = f.hashing.digest()
	}
	return p, nil
}

// add shows a line, or ends the page when it is full.
func (p *page) add(line readLineResult, want lineRange, lineHash func(string) uint64) {
	full := p.last > 0 && (p.total >= want.offset+want.limit || p.text.Len()+len(line.text) > readBytes)
	if full {
		p.next = p.total
		return
	}
	if p.first == 0 {
		p.first = p.total
	}
	p.last = p.total
	if line.cut == 0 {
		p.seen = append(p.seen, lineHash(line.text))
	}
	if !utf8.ValidString(line.text) {
		p.odd = true
	}
	fmt.Fprintf(&p.text, "%6d\t%s", p.total, plainText(line.text))
	if line.cut > 0 {
		fmt.Fprintf(&p.text, "… [+%d chars]", line.cut)
	}
	p.text.WriteByte('\n')
}

// footer says what part of the file this is, where it is not the whole.
func (p *page) footer(enc encoding) string {
	notes := p.notes(enc)
	if p.next == 0 && p.first == 1 {
		return strings.TrimPrefix(notes, " ")
	}
	total := fmt.Sprint(p.total)
	if !p.exact {
		total = "≥" + total
	}
	text := fmt.Sprintf("(lines %d–%d of %s", p.first, p.last, total)
	if p.next > 0 {
		text += fmt.Sprintf("; next offset %d", p.next)
	}
	return text + ")" + notes
}

// notes are marks of what does not show in the lines.
func (p *page) notes(enc encoding) string {
	notes := ""
	if enc.note != "" {
		notes += " [" + enc.note + "]"
	}
	switch {
	case p.mixed:
		notes += " [CRLF and LF]"
	case p.crlf:
		notes += " [CRLF]"
	}
	if p.odd {
		notes += " [some bytes are no UTF-8 and shown as \uFFFD]"
	}
	return notes
}

// readLineResult is a line without its end.
type readLineResult struct {
	text string
	cut  int // runes left out
	crlf bool
	// ended says that it has an end.
	ended bool
}

// readLine reads one line of any length, keeping no more than is shown; for a
// line that is only counted it keeps nothing.
func readLine(r *bufio.Reader, keep bool) (readLineResult, error) {
	var line readLineResult
	var kept []byte
	runes, any := 0, false
	for {
		chunk, err := r.ReadSlice('\n')
		any = any || len(chunk) > 0
		ended := err == nil
		line.ended = ended
		if ended {
			chunk = chunk[:len(chunk)-1]
			line.crlf = bytes.HasSuffix(chunk, []byte{'\r'}) || len(chunk) == 0 && bytes.HasSuffix(kept, []byte{'\r'})
			chunk = bytes.TrimSuffix(chunk, []byte{'\r'})
		}
		if keep {
			room := max(0, readLineRunes*utf8.UTFMax-len(kept))
			kept = append(kept, chunk[:min(room, len(chunk))]...)
			runes += utf8.RuneCount(chunk[min(room, len(chunk)):])
		}
		if ended || err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			if err != nil && (!any || !errors.Is(err, io.EOF)) {
				return line, err
			}
			if keep {
				text := string(bytes.TrimSuffix(kept, []byte{'\r'}))
				end := runeIndex(text, readLineRunes)
				line.cut = utf8.RuneCountInString(text[end:]) + runes
				line.text = text[:end]
			}
			return line, nil
		}
	}
}

// lineCount counts the lines of a file.
func lineCount(ctx context.Context, path string) (int, error) {
	file, _, err := openRegular(path)
	if err != nil {
		return 0, err
	}
	defer func() { _ = file.Close() }()
	return countAllLines(readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		return file.Read(p)
	}))
}

// readerFunc is a function that reads.
type readerFunc func(p []byte) (int, error)

// Read implements io.Reader.
func (f readerFunc) Read(p []byte) (int, error) { return f(p) }
