package tool

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

const escape = 0x1b

// cleanOutput is what a reader would see of a command's output: without colours
// and other terminal sequences, and of a line that was overwritten, as progress
// bars do, only what stood there last.
func cleanOutput(raw []byte) string {
	if bytes.IndexByte(raw, '\r') < 0 && bytes.IndexByte(raw, escape) < 0 && bytes.IndexByte(raw, '\b') < 0 {
		return string(raw)
	}
	var out bytes.Buffer
	out.Grow(len(raw))
	for line := range bytes.Lines(raw) {
		end := len(line)
		if line[end-1] == '\n' {
			end--
		}
		out.Write(lastWriting(stripSequences(line[:end])))
		out.Write(line[end:])
	}
	return out.String()
}

// lastWriting is the last thing that was written over a line with carriage
// returns, its backspaces applied.
func lastWriting(line []byte) []byte {
	line = bytes.TrimRight(line, "\r")
	line = line[bytes.LastIndexByte(line, '\r')+1:]
	if bytes.IndexByte(line, '\b') < 0 {
		return line
	}
	kept := make([]byte, 0, len(line))
	for _, c := range line {
		if c != '\b' {
			kept = append(kept, c)
			continue
		}
		_, size := utf8.DecodeLastRune(kept)
		kept = kept[:len(kept)-size]
	}
	return kept
}

// stripSequences removes the escape sequences of a terminal from one line.
func stripSequences(line []byte) []byte {
	if bytes.IndexByte(line, escape) < 0 {
		return line
	}
	kept := make([]byte, 0, len(line))
	for len(line) > 0 {
		if line[0] != escape {
			kept = append(kept, line[0])
			line = line[1:]
			continue
		}
		line = line[sequenceLength(line):]
	}
	return kept
}

// sequenceLength is how long the escape sequence is that line starts with, at
// least 1. One that never ends takes no more than its introducer.
func sequenceLength(line []byte) int {
	if len(line) == 1 {
		return 1
	}
	switch {
	case line[1] == '[':
		return control(line)
	case strings.IndexByte("]PX^_", line[1]) >= 0:
		return stringSequence(line)
	}
	for i := 1; i < len(line); i++ { // intermediates, then one final byte
		if line[i] >= 0x30 && line[i] <= 0x7e {
			return i + 1
		}
		if line[i] < 0x20 || line[i] > 0x2f {
			return i
		}
	}
	return len(line)
}

// control measures ESC [ parameters intermediates final.
func control(line []byte) int {
	for i := 2; i < len(line); i++ {
		if line[i] >= 0x40 && line[i] <= 0x7e {
			return i + 1
		}
		if line[i] < 0x20 || line[i] > 0x3f {
			return i
		}
	}
	return len(line)
}

// stringSequence measures what ends with BEL or ESC \, a title for example.
func stringSequence(line []byte) int {
	for i := 2; i < len(line); i++ {
		if line[i] == 7 {
			return i + 1
		}
		if line[i] == escape && i+1 < len(line) && line[i+1] == '\\' {
			return i + 2
		}
	}
	return 2
}
