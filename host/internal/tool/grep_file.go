package tool

import (
	"bytes"
	"unicode/utf8"
)

// fileMatches is what a search found in one file.
type fileMatches struct {
	foundFile
	count int // matching lines, or matches when multiline
	lines []matchedLine
}

// matchedLine is a line to show.
type matchedLine struct {
	number  int
	text    string
	matched bool // else it is context
}

// grepper searches files; each worker has its own.
type grepper struct {
	query *grepQuery
	lower []byte // reused
}

// span is the lines of one match: the offsets of the first line's start and the
// last one's end, and the match itself within.
type span struct{ start, end, match, matchEnd int }

// search finds the matches in data and keeps at most limit of the lines.
func (g *grepper) search(data []byte, limit int) fileMatches {
	var found fileMatches
	show := lineWriter{data: data, query: g.query, limit: limit}
	each := func(s span) {
		found.count++
		if g.query.mode == "content" {
			show.add(s)
		}
	}
	if g.query.multiline {
		g.multiline(data, each)
	} else {
		g.byLine(data, each)
	}
	found.lines = show.finish()
	return found
}

// byLine calls each for every line that matches.
func (g *grepper) byLine(data []byte, each func(span)) {
	hay := data
	if g.query.filter != nil && g.query.filter.fold {
		g.lower = lowerASCII(data, g.lower)
		hay = g.lower
	}
	for at := 0; at < len(data); {
		if g.query.filter != nil {
			next := g.query.filter.next(hay, at)
			if next < 0 {
				return
			}
			at = bytes.LastIndexByte(data[:next], '\n') + 1
		}
		end := bytes.IndexByte(data[at:], '\n')
		if end < 0 {
			end = len(data) - at
		}
		line := bytes.TrimSuffix(data[at:at+end], []byte{'\r'})
		if loc := g.query.re.FindIndex(line); loc != nil {
			each(span{start: at, end: at + len(line), match: at + loc[0], matchEnd: at + loc[1]})
		}
		at += end + 1
	}
}

// multiline calls each for every match, with the lines it touches.
func (g *grepper) multiline(data []byte, each func(span)) {
	for at := 0; at <= len(data); {
		loc := g.query.re.FindIndex(data[at:])
		if loc == nil {
			return
		}
		from, to := at+loc[0], at+loc[1]
		last := max(from, to-1)
		end := bytes.IndexByte(data[min(last, len(data)):], '\n')
		if end < 0 {
			end = len(data)
		} else {
			end += last
		}
		each(span{start: bytes.LastIndexByte(data[:from], '\n') + 1, end: end, match: from, matchEnd: to})
		at = max(end+1, to)
	}
}

// lineWriter turns matches into lines with context, each line once.
type lineWriter struct {
	data  []byte
	query *grepQuery
	limit int

	lines  []matchedLine
	number int // of the line that starts at offset
	offset int
	next   int // where the first line begins that was not written yet
	after  int // context still to write
}

func (w *lineWriter) add(s span) {
	if len(w.lines) >= w.limit {
		return
	}
	w.context(s.start)
	start := max(w.next, back(w.data, s.start, w.query.before))
	w.write(start, s.start, false, s)
	w.write(max(w.next, s.start), s.end+1, true, s)
	w.after = w.query.after
}

// context writes the lines after the last match, up to end.
func (w *lineWriter) context(end int) {
	for w.after > 0 && w.next < end && w.next < len(w.data) {
		w.after--
		w.write(w.next, w.next+1, false, span{})
	}
	w.after = 0
}

// write writes all lines that begin in [from, to).
func (w *lineWriter) write(from, to int, matched bool, s span) {
	for from < min(to, len(w.data)) && len(w.lines) < w.limit {
		end := bytes.IndexByte(w.data[from:], '\n')
		if end < 0 {
			end = len(w.data) - from
		}
		w.number += bytes.Count(w.data[w.offset:from], []byte{'\n'})
		w.offset = from
		line := bytes.TrimSuffix(w.data[from:from+end], []byte{'\r'})
		text := cutLine(line, s.match-from, s.matchEnd-from)
		w.lines = append(w.lines, matchedLine{number: w.number + 1, text: text, matched: matched})
		from += end + 1
		w.next = from
	}
}

func (w *lineWriter) finish() []matchedLine {
	w.context(len(w.data))
	return w.lines
}

// back is the start of the line n lines before the one that starts at offset.
func back(data []byte, offset, n int) int {
	for ; n > 0 && offset > 0; n-- {
		offset = bytes.LastIndexByte(data[:offset-1], '\n') + 1
	}
	return offset
}

const grepLineRunes = 500

// cutLine shortens a long line to what is around the match.
func cutLine(line []byte, from, to int) string {
	if len(line) <= grepLineRunes || utf8.RuneCount(line) <= grepLineRunes {
		return string(line)
	}
	from = min(max(from, 0), len(line))
	to = min(max(to, from), len(line))
	room := max(0, grepLineRunes-(to-from)) / 2
	start, end := max(0, from-room), min(len(line), to+room)
	if end-start > grepLineRunes*4 {
		end = start + grepLineRunes*4
	}
	for start > 0 && !utf8.RuneStart(line[start]) {
		start--
	}
	for end < len(line) && !utf8.RuneStart(line[end]) {
		end++
	}
	text := cutRunes(string(line[start:end]), grepLineRunes)
	if start > 0 {
		text = "…" + text
	}
	if end < len(line) {
		text += "…"
	}
	return text
}
