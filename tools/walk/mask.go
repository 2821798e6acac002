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
	{regexp.MustCompile(`sha256 [0-9a-f]{12}`), "sha256 5eed5eed5eed"},
	{regexp.MustCompile(`20\d{6}-\d{6}-[0-9a-z]{5}`), "20260105-090000-a1b2c"},
	{regexp.MustCompile(`20\d\d-\d\d(\n?)-\d\d([ T])\d\d:\d\d:\d\d`), "2026-01${1}-05${2}09:00:00"},
	{regexp.MustCompile(`20\d\d-\d\d-\d\d([ T])\d\d:\d\d\b`), "2026-01-05${1}09:00"},
	{regexp.MustCompile(`\b\d+\.\d s\b`), "1.0 s"},
	{regexp.MustCompile(`\b\d\.\d{3}s\b`), "0.010s"},
	{regexp.MustCompile(`\d+s ago`), "5s ago"},
	{regexp.MustCompile(`after \d+ ms`), "after 150 ms"},
	{regexp.MustCompile(`\d+ MB are free`), "60000 MB are free"},
	{regexp.MustCompile(`go1\.\d+(\.\d+)? [a-z]+/\w+`), "go1.26.0 linux/amd64"},
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
