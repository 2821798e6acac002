package ignore

import (
	"strings"
)

// pattern is one line of an ignore file.
type pattern struct {
	text     string
	negated  bool
	dirOnly  bool
	anchored bool // matched against the whole path below the file's folder
	// literal patterns have nothing to match but themselves; suffix ones are
	// a star and a literal. Both are most of all patterns, and cheap.
	literal bool
	suffix  string
}

// parsePatterns reads an ignore file. Lines that can match nothing are left out.
func parsePatterns(data string) []pattern {
	var all []pattern
	data = strings.TrimPrefix(data, "\uFEFF")
	for line := range strings.SplitSeq(data, "\n") {
		if p, ok := parsePattern(strings.TrimSuffix(line, "\r")); ok {
			all = append(all, p)
		}
	}
	return all
}

func parsePattern(line string) (pattern, bool) {
	line = trimSpaces(line)
	if line == "" || line[0] == '#' {
		return pattern{}, false
	}
	var p pattern
	if line[0] == '!' {
		p.negated = true
		line = line[1:]
	}
	if rest, ok := strings.CutSuffix(line, "/"); ok {
		p.dirOnly = true
		line = rest
	}
	p.anchored = strings.Contains(line, "/")
	p.text = strings.TrimPrefix(line, "/")
	if p.text == "" {
		return pattern{}, false
	}
	p.literal = !strings.ContainsAny(p.text, `*?[\`)
	if rest, ok := strings.CutPrefix(p.text, "*"); ok && !p.anchored && !strings.ContainsAny(rest, `*?[\`) {
		p.suffix = rest
	}
	return p, true
}

// trimSpaces takes trailing spaces off, but for those behind a backslash.
func trimSpaces(line string) string {
	end := len(line)
	for end > 0 && line[end-1] == ' ' {
		slashes := 0
		for at := end - 2; at >= 0 && line[at] == '\\'; at-- {
			slashes++
		}
		if slashes%2 == 1 {
			break
		}
		end--
	}
	return line[:end]
}

// matches matches a path below the file's folder, with slashes; base is its
// last part.
func (p pattern) matches(path, base string, dir bool) bool {
	if p.dirOnly && !dir {
		return false
	}
	text := path
	if !p.anchored {
		text = base
	}
	switch {
	case p.literal:
		return text == p.text
	case p.suffix != "":
		return strings.HasSuffix(text, p.suffix)
	}
	return Wildmatch(p.text, text)
}
