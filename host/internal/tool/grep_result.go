package tool

import (
	"fmt"
	"slices"
	"strings"
)

// result shows what was found, the newest files first.
func (s *grepSearch) result() Result {
	slices.SortFunc(s.found, func(a, b fileMatches) int {
		if c := b.modTime.Compare(a.modTime); c != 0 {
			return c
		}
		return strings.Compare(a.path, b.path)
	})
	matches := 0
	for _, file := range s.found {
		matches += file.count
	}
	var b strings.Builder
	b.WriteString(s.header(matches) + "\n")
	shown := s.write(&b)
	result := textResult(b.String())
	total := len(s.found)
	if s.query.mode == "content" {
		total = matches
	}
	if shown < total {
		result.Truncated = true
		result.addText(fmt.Sprintf("[%d of %d shown; narrow the pattern or path, or raise limit]", shown, total))
	}
	return result
}

func (s *grepSearch) header(matches int) string {
	text := "no matches"
	if matches > 0 {
		text = fmt.Sprintf("%s in %s", plural(matches, "match"), plural(len(s.found), "file"))
	}
	text += fmt.Sprintf(" (%s searched", plural(s.files, "file"))
	for _, left := range []struct {
		count int
		what  string
	}{{s.binary, "binary"}, {s.big, "over 10 MB"}, {s.wall, "not permitted"}} {
		if left.count > 0 {
			text += fmt.Sprintf(", %d skipped: %s", left.count, left.what)
		}
	}
	text += ")"
	if s.partial != "" {
		text += "\n[" + s.partial + "]"
	}
	return text
}

// write writes files or lines up to the limits and returns how many of the
// matches, or files, it showed.
func (s *grepSearch) write(b *strings.Builder) int {
	shown, lines, size := 0, 0, 0
	for _, file := range s.found {
		if shown >= s.query.limit || size > resultLimit-2000 {
			break
		}
		name := s.show(file.path)
		switch s.query.mode {
		case "files":
			b.WriteString(name + "\n")
			shown++
		case "count":
			fmt.Fprintf(b, "%s: %d\n", name, file.count)
			shown++
		default:
			block, matched, count := s.block(name, file.lines, s.query.limit-lines, resultLimit-2000-size)
			b.WriteString(block)
			shown += matched
			lines += count
			if lines >= s.query.limit {
				return shown
			}
		}
		size = b.Len()
	}
	return shown
}

// block is the lines of one file.
func (s *grepSearch) block(name string, lines []matchedLine, limit, room int) (text string, matched, count int) {
	var b strings.Builder
	b.WriteString(name + "\n")
	last := 0
	for _, line := range lines {
		if count >= limit || b.Len() > room {
			break
		}
		if last > 0 && line.number > last+1 && (s.query.before > 0 || s.query.after > 0) {
			b.WriteString("  --\n")
		}
		last = line.number
		b.WriteString(s.line(line))
		count++
		if line.matched {
			matched++
		}
	}
	return b.String(), matched, count
}

func (s *grepSearch) line(line matchedLine) string {
	mark := ":"
	if !line.matched {
		mark = "-"
	}
	if !s.query.numbers {
		return "  " + line.text + "\n"
	}
	return fmt.Sprintf("  %d%s %s\n", line.number, mark, line.text)
}
