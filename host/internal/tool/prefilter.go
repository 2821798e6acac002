package tool

import (
	"bytes"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// prefilter finds the lines that can match at all by looking for plain text,
// which is many times faster than the pattern itself.
type prefilter struct {
	// any match contains at least one of these.
	literals [][]byte
	fold     bool // without regard to case; the literals are lower case then
}

const maxLiterals = 8

// newPrefilter finds text that every match of a pattern must contain. It is
// nil when there is none.
func newPrefilter(re *syntax.Regexp) *prefilter {
	f := &prefilter{}
	set := f.required(re.Simplify())
	if len(set) == 0 || len(set) > maxLiterals {
		return nil
	}
	for _, text := range set {
		if f.fold {
			text = strings.ToLower(text)
			if !foldable(text) {
				return nil
			}
		}
		f.literals = append(f.literals, []byte(text))
	}
	return f
}

// foldable reports whether lower-casing ASCII is enough to find text without
// regard to case. The letters k and s have a third form outside of ASCII.
func foldable(text string) bool {
	for _, r := range text {
		if r >= utf8.RuneSelf || r == 'k' || r == 's' {
			return false
		}
	}
	return true
}

// required is a set of texts of which every match contains at least one, or
// nil.
func (f *prefilter) required(re *syntax.Regexp) []string {
	switch re.Op {
	case syntax.OpLiteral:
		return f.literal(re)
	case syntax.OpCapture, syntax.OpPlus:
		return f.required(re.Sub[0])
	case syntax.OpRepeat:
		if re.Min > 0 {
			return f.required(re.Sub[0])
		}
	case syntax.OpConcat:
		return f.longest(re.Sub)
	case syntax.OpAlternate:
		var all []string
		for _, sub := range re.Sub {
			set := f.required(sub)
			if set == nil || len(all)+len(set) > maxLiterals {
				return nil
			}
			all = append(all, set...)
		}
		return all
	default:
	}
	return nil
}

func (f *prefilter) literal(re *syntax.Regexp) []string {
	if re.Flags&syntax.FoldCase != 0 {
		f.fold = true
	}
	if strings.ContainsRune(string(re.Rune), unicode.ReplacementChar) {
		return nil // it matches bytes that are no text
	}
	return []string{string(re.Rune)}
}

// longest takes the part whose shortest text is the longest.
func (f *prefilter) longest(parts []*syntax.Regexp) []string {
	var best []string
	for _, part := range parts {
		if set := f.required(part); shortest(set) > shortest(best) {
			best = set
		}
	}
	return best
}

func shortest(set []string) int {
	if len(set) == 0 {
		return 0
	}
	size := len(set[0])
	for _, text := range set[1:] {
		size = min(size, len(text))
	}
	return size
}

// next is where the first candidate from offset on begins, or -1. Data must be
// lower case when fold is set.
func (f *prefilter) next(data []byte, from int) int {
	best := -1
	for _, literal := range f.literals {
		window := data[from:]
		if best >= 0 {
			window = data[from:min(len(data), best+len(literal))]
		}
		if at := bytes.Index(window, literal); at >= 0 && (best < 0 || from+at < best) {
			best = from + at
		}
	}
	return best
}

// lowerASCII is data with its ASCII letters in lower case, in buffer.
func lowerASCII(data, buffer []byte) []byte {
	buffer = append(buffer[:0], data...)
	for i, c := range buffer {
		if c >= 'A' && c <= 'Z' {
			buffer[i] = c + 'a' - 'A'
		}
	}
	return buffer
}
