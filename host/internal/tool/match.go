package tool

import (
	"strings"
	"unicode/utf8"
)

// region is a part of a file's bytes.
type region struct{ start, end int }

// matchStep is one way to find a text, looser than the one before it.
type matchStep struct {
	// name tells the model how the text was found; empty for the exact way.
	name string
	find func(content, old string) []region
}

// matchSteps in their order. All but the first need to find exactly one place.
var matchSteps = []matchStep{
	{"", findExact},
	{"matched without regard to line ends", findNormalised(foldLineEnds)},
	{"matched without regard to the kind of quotes, dashes and spaces", findNormalised(foldCharacters)},
	{"matched without regard to blanks at line ends", findNormalised(foldTrailing)},
	{"matched with another indentation", findIndented},
}

func findExact(content, old string) []region {
	var found []region
	for at := 0; ; {
		next := strings.Index(content[at:], old)
		if next < 0 {
			return found
		}
		at += next
		found = append(found, region{at, at + len(old)})
		at += len(old)
	}
}

// folded is a text in a simpler form, with the place in the original of every
// byte of it, and of its end.
type folded struct {
	text   []byte
	origin []int32
}

func (f *folded) add(text string, origin int) {
	for range len(text) {
		f.origin = append(f.origin, int32(origin)) //nolint:gosec // files are at most 10 MB
	}
	f.text = append(f.text, text...)
}

func (f *folded) finish(size int) folded {
	f.origin = append(f.origin, int32(size)) //nolint:gosec // files are at most 10 MB
	return *f
}

// findNormalised finds a text after both sides were folded.
func findNormalised(fold func(string) folded) func(content, old string) []region {
	return func(content, old string) []region {
		needle := string(fold(old).text)
		if strings.TrimSpace(needle) == "" {
			return nil
		}
		hay := fold(content)
		found := findExact(string(hay.text), needle)
		for i, r := range found {
			found[i] = region{int(hay.origin[r.start]), endOf(content, hay, r.end)}
		}
		return found
	}
}

// endOf is where a match ends in the original: after its last character, and
// before what was folded away behind it.
func endOf(content string, hay folded, end int) int {
	last := int(hay.origin[end-1])
	_, size := utf8.DecodeRuneInString(content[last:])
	if strings.HasPrefix(content[last:], "\r\n") {
		size = 2
	}
	if hay.text[end-1] == '\n' { // the blanks before it and the end itself
		if line := strings.IndexByte(content[last:], '\n'); line >= 0 {
			return last + line + 1
		}
	}
	return last + size
}

// foldLineEnds makes CRLF to LF and takes a byte order mark off.
func foldLineEnds(text string) folded {
	f := folded{text: make([]byte, 0, len(text)), origin: make([]int32, 0, len(text)+1)}
	for i := 0; i < len(text); i++ {
		switch {
		case i == 0 && strings.HasPrefix(text, byteOrderMark):
			i += len(byteOrderMark) - 1
		case text[i] == '\r' && i+1 < len(text) && text[i+1] == '\n':
			f.add("\n", i)
			i++
		default:
			f.add(text[i:i+1], i)
		}
	}
	return f.finish(len(text))
}

// plainForms are characters that people and models type in more than one form.
var plainForms = map[rune]string{
	'‘': "'", '’': "'", '‚': "'", '‛': "'", '“': `"`, '”': `"`, '„': `"`, '‟': `"`,
	'‐': "-", '‑': "-", '‒': "-", '–': "-", '—': "-", '―': "-", '−': "-",
	'\u00a0': " ", '\u2000': " ", '\u2001': " ", '\u2002': " ", '\u2003': " ", '\u2004': " ", '\u2005': " ",
	'\u2006': " ", '\u2007': " ", '\u2008': " ", '\u2009': " ", '\u200a': " ", '\u202f': " ", '\u205f': " ", '\u3000': " ",
}

// foldCharacters gives every character its plain form, and folds line ends.
func foldCharacters(text string) folded {
	f := folded{text: make([]byte, 0, len(text)), origin: make([]int32, 0, len(text)+1)}
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRuneInString(text[i:])
		plain, ok := plainForms[r]
		switch {
		case i == 0 && r == '\uFEFF':
		case r == '\r' && strings.HasPrefix(text[i+1:], "\n"):
			f.add("\n", i)
			size = 2
		case ok:
			f.add(plain, i)
		default:
			f.add(text[i:i+size], i)
		}
		i += size
	}
	return f.finish(len(text))
}

// foldTrailing also takes the blanks at the ends of lines off.
func foldTrailing(text string) folded {
	plain := foldCharacters(text)
	f := folded{text: make([]byte, 0, len(plain.text)), origin: make([]int32, 0, len(plain.text)+1)}
	blanks := 0
	for i, c := range plain.text {
		if c == ' ' || c == '\t' {
			blanks++
			continue
		}
		if c == '\n' {
			f.add("\n", int(plain.origin[i-blanks]))
			blanks = 0
			continue
		}
		for b := i - blanks; b <= i; b++ {
			f.add(string(plain.text[b:b+1]), int(plain.origin[b]))
		}
		blanks = 0
	}
	return f.finish(len(text))
}

// findIndented finds whole lines that differ by the same indentation each.
func findIndented(content, old string) []region {
	wanted := splitLines(old)
	if len(wanted) == 0 || strings.TrimSpace(old) == "" {
		return nil
	}
	lines := splitLines(content)
	var found []region
	for start, offset := 0, 0; start+len(wanted) <= len(lines); start++ {
		if _, _, ok := shift(lines[start:start+len(wanted)], wanted); ok {
			end := offset
			for _, line := range lines[start : start+len(wanted)] {
				end += len(line)
			}
			if !strings.HasSuffix(old, "\n") {
				end -= len(lineEnd(lines[start+len(wanted)-1]))
			}
			found = append(found, region{offset, end})
		}
		offset += len(lines[start])
	}
	return found
}

func splitLines(text string) []string {
	lines := strings.SplitAfter(text, "\n")
	if lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func lineEnd(line string) string {
	return line[len(strings.TrimRight(line, "\r\n")):]
}

// shift finds the indentation that the lines have and the wanted ones lack, or
// the other way round.
func shift(lines, wanted []string) (added, taken string, ok bool) {
	first := true
	for i, line := range lines {
		have, want := strings.TrimRight(line, "\r\n"), strings.TrimRight(wanted[i], "\r\n")
		haveBody, wantBody := strings.TrimLeft(have, " \t"), strings.TrimLeft(want, " \t")
		if haveBody != wantBody {
			return "", "", false
		}
		if haveBody == "" {
			continue
		}
		haveIndent, wantIndent := have[:len(have)-len(haveBody)], want[:len(want)-len(wantBody)]
		var a, t string
		switch {
		case strings.HasSuffix(haveIndent, wantIndent):
			a = haveIndent[:len(haveIndent)-len(wantIndent)]
		case strings.HasSuffix(wantIndent, haveIndent):
			t = wantIndent[:len(wantIndent)-len(haveIndent)]
		default:
			return "", "", false
		}
		if !first && (a != added || t != taken) {
			return "", "", false
		}
		added, taken, first = a, t, false
	}
	return added, taken, !first && added+taken != ""
}

// reindent gives the new text the indentation of the place it goes to. It
// reports false when a line has not the indentation to take off.
func reindent(text, matched, old string) (string, bool) {
	added, taken, ok := shift(splitLines(matched), splitLines(old))
	if !ok {
		return "", false
	}
	var b strings.Builder
	for _, line := range splitLines(text) {
		if strings.TrimSpace(line) == "" {
			b.WriteString(line)
			continue
		}
		rest, ok := strings.CutPrefix(line, taken)
		if !ok {
			return "", false
		}
		b.WriteString(added + rest)
	}
	return b.String(), true
}
