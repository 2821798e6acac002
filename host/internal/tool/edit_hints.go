package tool

import (
	"fmt"
	"regexp"
	"strings"
	"sync"
)

var numbered = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^\s*\d+\t`) })

// stripNumbers takes off the line numbers that were copied from a read, if all
// lines have them. It reports whether it did.
func (r *replacement) stripNumbers() bool {
	old, ok := withoutNumbers(r.old)
	if !ok {
		return false
	}
	r.old = old
	if text, ok := withoutNumbers(r.new); ok {
		r.new = text
	}
	return true
}

func withoutNumbers(text string) (string, bool) {
	lines := splitLines(text)
	if len(lines) == 0 {
		return "", false
	}
	for i, line := range lines {
		mark := numbered().FindString(line)
		if mark == "" {
			return "", false
		}
		lines[i] = line[len(mark):]
	}
	return strings.Join(lines, ""), true
}

// notUnique says where the text is found.
func (e *editing) notUnique(found []region, all bool) error {
	var lines []string
	for i, r := range found {
		if i == 10 {
			lines = append(lines, "…")
			break
		}
		lines = append(lines, fmt.Sprint(lineNumber(e.content, r.start)))
	}
	next := "give more lines around it, or set replace_all"
	if all {
		next = "it does not stand there exactly; copy it as it is in the file"
	}
	return failWith(CodeNotUnique, "old_string is found %d times in %s, in lines %s: %s",
		len(found), e.at.shown, strings.Join(lines, ", "), next)
}

// notFound shows what comes closest.
func (e *editing) notFound(r replacement) error {
	text := fmt.Sprintf("old_string is not in %s", e.at.shown)
	if strings.TrimSpace(r.new) != "" && strings.Contains(string(foldLineEnds(e.content).text), string(foldLineEnds(r.new).text)) {
		text += "; new_string is there: already applied?"
	}
	if near := e.closest(r.old); near != "" {
		text += "\nThe closest lines (→ is a tab, · a blank):\n" + near
	} else {
		text += "; read the file again and copy the text from there"
	}
	return failWith(CodeNotFound, "%s", text)
}

const (
	hintLines   = 10
	hintRepeats = 50 // lines that occur more often tell nothing
)

// closest is the region of the file that shares the most lines with text.
func (e *editing) closest(text string) string {
	lines := splitLines(e.content + "\n")
	places := map[string][]int{}
	for i, line := range lines {
		if key := strings.TrimSpace(line); key != "" {
			places[key] = append(places[key], i)
		}
	}
	votes, best := map[int]int{}, -1
	for i, line := range splitLines(text) {
		at := places[strings.TrimSpace(line)]
		if len(at) > hintRepeats {
			continue
		}
		for _, place := range at {
			start := place - i
			votes[start]++
			if best < 0 && votes[start] > 0 || votes[start] > votes[best] || votes[start] == votes[best] && start < best {
				best = start
			}
		}
	}
	if len(votes) == 0 {
		best = similarLine(lines, text)
		if best < 0 {
			return ""
		}
	}
	return showLines(lines, max(0, best))
}

// similarLine is the line that begins or ends most like the first line of
// text, or -1 when none shares at least half of it.
func similarLine(lines []string, text string) int {
	first := ""
	for line := range strings.Lines(text) {
		if first = strings.TrimSpace(line); first != "" {
			break
		}
	}
	best, score := -1, len(first)/2
	for i, line := range lines {
		line = strings.TrimSpace(line)
		if shared := sharedEnds(line, first); shared > score {
			best, score = i, shared
		}
	}
	return best
}

// sharedEnds is how many bytes two lines share at their start and end.
func sharedEnds(a, b string) int {
	n := min(len(a), len(b))
	head := 0
	for head < n && a[head] == b[head] {
		head++
	}
	tail := 0
	for tail < n-head && a[len(a)-1-tail] == b[len(b)-1-tail] {
		tail++
	}
	return head + tail
}

// showLines shows lines with their blanks visible.
func showLines(lines []string, start int) string {
	var b strings.Builder
	for i := start; i < min(len(lines), start+hintLines); i++ {
		line := cutRunes(strings.TrimRight(lines[i], "\r\n"), 200)
		body := strings.TrimLeft(line, " \t")
		indent := line[:len(line)-len(body)]
		end := strings.TrimRight(body, " \t")
		visible := strings.NewReplacer("\t", "→", " ", "·")
		fmt.Fprintf(&b, "%6d\t%s%s%s\n", i+1, visible.Replace(indent), end, visible.Replace(body[len(end):]))
	}
	return b.String()
}
