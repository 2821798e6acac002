package ignore

import "strings"

// Wildmatch reports whether a path matches a pattern as git matches the lines
// of a .gitignore: "*" and "?" do not match a slash, "**" as a whole path part
// matches any number of parts, and a backslash takes the meaning from the
// character after it. It works on bytes, as git does.
func Wildmatch(pattern, text string) bool {
	return match(pattern, text, &budget{left: 1 << 16}, true)
}

// budget bounds the work that a pattern full of stars can make.
type budget struct{ left int }

func (b *budget) spent() bool { b.left--; return b.left < 0 }

// match matches from here on; start says that pattern stands at the start of a
// path part, where "**" has its own meaning.
func match(pattern, text string, b *budget, start bool) bool {
	for pattern != "" {
		if b.spent() {
			return false
		}
		switch pattern[0] {
		case '*':
			return star(pattern, text, b, start)
		case '[':
			size, ok := class(pattern, text)
			if !ok {
				return false
			}
			pattern, text, start = pattern[size:], text[1:], false
			continue
		case '?':
			if text == "" || text[0] == '/' {
				return false
			}
		case '\\':
			if len(pattern) == 1 {
				return false
			}
			pattern = pattern[1:]
			fallthrough
		default:
			if text == "" || text[0] != pattern[0] {
				return false
			}
		}
		start = pattern[0] == '/'
		pattern, text = pattern[1:], text[1:]
	}
	return text == ""
}

// star matches a pattern that begins with one star or more.
func star(pattern, text string, b *budget, start bool) bool {
	rest := strings.TrimLeft(pattern, "*")
	double := len(pattern)-len(rest) >= 2 && start && (rest == "" || rest[0] == '/')
	if !double {
		return single(rest, text, b)
	}
	if rest == "" {
		return true
	}
	// "**/x" also matches "x" itself.
	for at := 0; ; {
		if match(rest[1:], text[at:], b, true) {
			return true
		}
		next := strings.IndexByte(text[at:], '/')
		if next < 0 || b.spent() {
			return false
		}
		at += next + 1
	}
}

// single matches any run of bytes but slashes, then the rest.
func single(rest, text string, b *budget) bool {
	for at := 0; ; at++ {
		if match(rest, text[at:], b, false) {
			return true
		}
		if at == len(text) || text[at] == '/' || b.spent() {
			return false
		}
	}
}

// posix are the named classes of characters.
var posix = map[string]func(c byte) bool{
	"alnum":  func(c byte) bool { return letter(c) || digit(c) },
	"alpha":  letter,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  digit,
	"graph":  func(c byte) bool { return c > ' ' && c < 0x7f },
	"lower":  func(c byte) bool { return c >= 'a' && c <= 'z' },
	"print":  func(c byte) bool { return c >= ' ' && c < 0x7f },
	"punct":  func(c byte) bool { return c > ' ' && c < 0x7f && !letter(c) && !digit(c) },
	"space":  func(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' },
	"upper":  func(c byte) bool { return c >= 'A' && c <= 'Z' },
	"xdigit": func(c byte) bool { return digit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F' },
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
func digit(c byte) bool  { return c >= '0' && c <= '9' }

// class matches one byte of text against the [...] that pattern begins with,
// and returns how long that is. A class without end matches nothing.
func class(pattern, text string) (size int, ok bool) {
	if text == "" || text[0] == '/' {
		return 0, false
	}
	c, at, negated, matched := text[0], 1, false, false
	if at < len(pattern) && (pattern[at] == '!' || pattern[at] == '^') {
		negated = true
		at++
	}
	for first := true; ; first = false {
		if at >= len(pattern) {
			return 0, false
		}
		if pattern[at] == ']' && !first {
			break
		}
		next, hit, valid := classItem(pattern, at, c)
		if !valid {
			return 0, false
		}
		at, matched = next, matched || hit
	}
	return at + 1, matched != negated
}

// classItem matches c against one item of a class: a character, a range, or a
// named class.
func classItem(pattern string, at int, c byte) (next int, hit, valid bool) {
	if name, rest, ok := strings.Cut(pattern[at:], ":]"); ok && strings.HasPrefix(name, "[:") && !strings.Contains(name, "]") {
		in, known := posix[name[2:]]
		if !known {
			return 0, false, false
		}
		return len(pattern) - len(rest), in(c), true
	}
	low, at, ok := classByte(pattern, at)
	if !ok {
		return 0, false, false
	}
	if at+1 < len(pattern) && pattern[at] == '-' && pattern[at+1] != ']' {
		high, end, ok := classByte(pattern, at+1)
		return end, ok && c >= low && c <= high, ok
	}
	return at, c == low, true
}

func classByte(pattern string, at int) (c byte, next int, ok bool) {
	if pattern[at] == '\\' {
		at++
	}
	if at >= len(pattern) {
		return 0, at, false
	}
	return pattern[at], at + 1, true
}
