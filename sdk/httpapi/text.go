package httpapi

import (
	"html"
	"strings"
	"unicode"
)

// excerptLength is how many characters of a foreign text an error may quote.
const excerptLength = 200

// Excerpt is the beginning of a foreign text, in one line and without what would
// control a terminal.
func Excerpt(text string) string {
	text = strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " ")
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return -1
		}
		return r
	}, text)
	if n := 0; len(text) > excerptLength {
		for i := range text {
			if n++; n > excerptLength {
				return text[:i] + "…"
			}
		}
	}
	return text
}

// PageExcerpt is the same of a web page: its title, else its words without the
// markup. A text without markup is an excerpt of itself.
func PageExcerpt(page string) string {
	if title := pageTitle(page); title != "" {
		return title
	}
	var out strings.Builder
	depth := 0
	for _, r := range dropElements(page) {
		switch {
		case r == '<':
			depth++
		case r == '>' && depth > 0:
			depth--
			out.WriteByte(' ')
		case depth == 0:
			out.WriteRune(r)
		}
	}
	return Excerpt(html.UnescapeString(out.String()))
}

func pageTitle(page string) string {
	lower := strings.ToLower(page)
	from := strings.Index(lower, "<title")
	if from < 0 || len(lower) != len(page) {
		return ""
	}
	begin := strings.IndexByte(page[from:], '>')
	end := strings.Index(lower[from:], "</title")
	if begin < 0 || end < begin {
		return ""
	}
	return Excerpt(html.UnescapeString(page[from+begin+1 : from+end]))
}

// dropElements removes the elements whose content is not for people.
func dropElements(page string) string {
	for _, name := range []string{"script", "style"} {
		for {
			from := strings.Index(page, "<"+name)
			if from < 0 {
				break
			}
			to := strings.Index(page[from:], "</"+name)
			if to < 0 {
				page = page[:from]
				break
			}
			page = page[:from] + page[from+to+len("</"+name):]
		}
	}
	return page
}

// HeaderSafe reports whether a value can stand in a header as a credential does:
// visible ASCII without spaces.
func HeaderSafe(value string) bool {
	for i := range len(value) {
		if value[i] <= ' ' || value[i] >= 0x7f {
			return false
		}
	}
	return value != ""
}
