package tool

import (
	"fmt"
	"io"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// instructions are the guides of the folders between the working folder and a
// file, each shown once in a conversation.
func (b *bench) instructions(at location) string {
	rel, ok := Inside(b.root, filepath.Dir(at.real))
	if !ok || rel == "." {
		return ""
	}
	var text strings.Builder
	dir := b.root
	for part := range strings.SplitSeq(rel, string(filepath.Separator)) {
		dir = filepath.Join(dir, part)
		path := b.guideOf(dir)
		if path == "" || path == at.real || !b.files.firstGuide(path) {
			continue
		}
		if guide := readGuide(path); guide != "" {
			fmt.Fprintf(&text, "\n[%s applies below %s:]\n%s\n[end of %s]\n", b.show(path), b.show(dir), guide, b.show(path))
		}
	}
	return text.String()
}

// guideOf is the guide of a folder: the first of the names that is there; the others
// do not count.
func (b *bench) guideOf(dir string) string {
	for _, name := range b.InstructionFiles {
		path := filepath.Join(dir, name)
		if !exists(path) {
			continue
		}
		// A link may not lead out of the project: nobody allowed that file.
		if real, err := RealPath(path); err == nil {
			if _, ok := Inside(b.root, real); ok {
				return path
			}
		}
		return ""
	}
	return ""
}

// readGuide is the text of a guide, as far as it is read.
func readGuide(path string) string {
	file, _, err := openRegular(path)
	if err != nil {
		return ""
	}
	defer func() { _ = file.Close() }()
	data, err := io.ReadAll(io.LimitReader(file, maxGuide+1))
	if err != nil {
		return ""
	}
	text := strings.TrimSpace(strings.ToValidUTF8(string(data[:min(len(data), maxGuide)]), ""))
	if len(data) > maxGuide {
		text += fmt.Sprintf("\n[cut after %d KiB; the rest is in the file]", maxGuide>>10)
	}
	return text
}

var guideStart = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(?m)^\[(\S[^\n]*) applies below [^\n]*:\]$`)
})

// SplitGuides finds the guides in the text of a result, each with its marks: who
// cuts a result keeps them.
func SplitGuides(text string) []string {
	var guides []string
	for at := guideStart().FindStringSubmatchIndex(text); at != nil; at = guideStart().FindStringSubmatchIndex(text) {
		rest, end := text[at[0]:], "\n[end of "+text[at[2]:at[3]]+"]"
		length := strings.Index(rest, end)
		if length < 0 {
			return guides
		}
		guides = append(guides, rest[:length+len(end)])
		text = rest[length+len(end):]
	}
	return guides
}

// Guides are the guides in the text of a result, together.
func Guides(text string) string { return strings.Join(SplitGuides(text), "\n") }

// Forget makes the set forget what stands in the conversation: a range of lines
// that is read again is shown again. What the model has seen still counts for
// edits. It is for a conversation that lost its older tool output.
func (s *Set) Forget() { s.bench.files.forget() }

func (f *fileStates) forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, state := range f.byPath {
		clear(state.shown)
	}
}
