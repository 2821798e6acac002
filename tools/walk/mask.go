package main

import (
	"regexp"
	"strings"
)

// What is different each time, and what the page shows instead: as long, so that lines
// break and columns stand where they did.
var masks = []struct {
	from *regexp.Regexp
	to   string
}{
	{regexp.MustCompile(`127\.0\.0\.1(:|%3A)\d{5}`), "127.0.0.1${1}40000"},
	{regexp.MustCompile(`\b[0-9a-f]{64}\b`), strings.Repeat("5eed", 16)},
	{regexp.MustCompile(`20\d\d-\d\d-\d\d([ T])\d\d:\d\d`), "2026-01-01${1}09:00"},
}

func (u *user) mask(screen string) string {
	for _, secret := range u.secrets {
		screen = maskWrapped(screen, secret, strings.Repeat("x", len(secret)))
	}
	screen = maskWrapped(screen, u.home, shownHome)
	for _, m := range masks {
		screen = m.from.ReplaceAllString(screen, m.to)
	}
	return screen
}

// maskWrapped replaces a text by one as long, also where the terminal broke it.
func maskWrapped(screen, from, to string) string {
	letters := make([]string, 0, len(from))
	for _, letter := range from {
		letters = append(letters, regexp.QuoteMeta(string(letter)))
	}
	return regexp.MustCompile(strings.Join(letters, `\n?`)).ReplaceAllStringFunc(screen, func(found string) string {
		rest := to
		return strings.Map(func(letter rune) rune {
			if letter == '\n' || rest == "" {
				return letter
			}
			next := rune(rest[0])
			rest = rest[1:]
			return next
		}, found)
	})
}
