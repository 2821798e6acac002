package tool

import (
	"fmt"
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

const (
	diffLines   = 60
	maxDiffText = 2 << 20
)

// unifiedDiff is the difference between two texts, and how many lines were
// added and removed. What both have at the start and the end is left out of the
// comparison, for speed.
func unifiedDiff(name, before, after string) (diff string, added, removed int) {
	prefix := commonLines(before, after)
	suffix := commonLinesBack(before[prefix:], after[prefix:])
	oldMiddle := before[prefix : len(before)-suffix]
	newMiddle := after[prefix : len(after)-suffix]
	var edits []udiff.Edit
	if len(oldMiddle)+len(newMiddle) > maxDiffText {
		edits = []udiff.Edit{{Start: 0, End: len(oldMiddle), New: newMiddle}}
	} else {
		edits = udiff.Lines(oldMiddle, newMiddle)
	}
	for i := range edits {
		edits[i].Start += prefix
		edits[i].End += prefix
	}
	diff, err := udiff.ToUnified("a/"+name, "b/"+name, before, edits, udiff.DefaultContextLines)
	if err != nil {
		return "", 0, 0 // the edits come from the texts themselves
	}
	added, removed = countChanges(diff)
	return diff, added, removed
}

// commonLines is the length of the whole lines that both texts start with.
func commonLines(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[i] == b[i] {
		i++
	}
	return strings.LastIndexByte(a[:i], '\n') + 1
}

// commonLinesBack is the length of the whole lines that both texts end with.
func commonLinesBack(a, b string) int {
	n := min(len(a), len(b))
	i := 0
	for i < n && a[len(a)-1-i] == b[len(b)-1-i] {
		i++
	}
	if i == len(a) && i == len(b) {
		return i
	}
	common := a[len(a)-i:]
	line := strings.IndexByte(common, '\n')
	if line < 0 {
		return 0
	}
	return len(common) - line - 1
}

func countChanges(diff string) (added, removed int) {
	for line := range strings.Lines(diff) {
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
		case strings.HasPrefix(line, "+"):
			added++
		case strings.HasPrefix(line, "-"):
			removed++
		}
	}
	return added, removed
}

// shortDiff is a diff without its file names, at most limit lines of it.
func shortDiff(diff string, limit int) string {
	_, diff, _ = strings.Cut(diff, "\n") // ---
	_, diff, _ = strings.Cut(diff, "\n") // +++
	lines := strings.SplitAfter(diff, "\n")
	if len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	var b strings.Builder
	for i, line := range lines {
		if i == limit {
			fmt.Fprintf(&b, "… %d more lines of diff\n", len(lines)-limit)
			break
		}
		end := strings.TrimRight(line, "\r\n")
		b.WriteString(cutRunes(end, 300) + "\n")
	}
	return b.String()
}
