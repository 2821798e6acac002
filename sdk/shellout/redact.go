package shellout

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

const (
	hidden = "[redacted]"
	// minSecret keeps a value like "1" from being searched for.
	minSecret = 4
)

// Redact replaces the given secrets, and whatever looks like a token, by
// "[redacted]". Use it on every text of a vendor's program that goes into a log
// or an error: some print the key that they were refused with.
func Redact(text string, secrets ...sdk.Secret) string {
	if text == "" {
		return ""
	}
	var values []string
	for _, s := range secrets {
		if v := s.Reveal(); len(v) >= minSecret {
			values = append(values, v)
		}
	}
	// The longest first: one may be the beginning of another.
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	for _, v := range values {
		text = strings.ReplaceAll(text, v, hidden)
	}
	var out strings.Builder
	for line := range strings.Lines(text) {
		out.WriteString(redactTokens(line))
	}
	return out.String()
}

// redactTokens hides what looks like a token in one line. The patterns are slow,
// about a megabyte a second, so that a line is first searched for the words that
// they stand on.
func redactTokens(line string) string {
	lower := strings.ToLower(line)
	for _, p := range tokens() {
		if slices.ContainsFunc(p.words, func(w string) bool { return strings.Contains(lower, w) }) {
			line = p.pattern.ReplaceAllString(line, p.with)
		}
	}
	return line
}

type token struct {
	words   []string // in lower case, one of which is in every match
	pattern *regexp.Regexp
	with    string
}

// tokens recognise secrets by their looks. They are compiled at the first use:
// most programs print nothing on standard error.
var tokens = sync.OnceValue(func() []token {
	return []token{
		{[]string{"bearer", "basic"}, regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 " + hidden},
		// JSON web tokens.
		{[]string{"eyj"}, regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`), hidden},
		// Keys with their maker's prefix.
		{
			[]string{"gh", "glpat-", "key_", "k-", "xox", "ya29.", "aiza", "1//"},
			regexp.MustCompile(`\b(gh[opsur]_|github_pat_|glpat-|key_|sk-|rk-|pk-|xox[abeprs]-|ya29\.|AIza|1//)[A-Za-z0-9_.-]{16,}`), hidden,
		},
		// What a login's URL carries, and the user's part of any URL.
		{
			[]string{"code", "state", "token", "key", "challenge"},
			regexp.MustCompile(`(?i)([?&#](?:code|state|code_challenge|code_verifier|token|access_token|refresh_token|id_token|api_key|key|challenge)=)[^&\s"'<>]+`), "${1}" + hidden,
		},
		{[]string{"://"}, regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`), "${1}" + hidden + "@"},
		// name = value and "name": "value".
		{
			[]string{"token", "secret", "api", "passw", "authorization", "verifier", "code"},
			regexp.MustCompile(`(?i)((?:token|secret|api[-_]?key|password|passwd|authorization|verifier|auth[-_]?code)["']?\s*[:=]\s*["']?)[^\s"'\\,;&}\]\[]{8,}`), "${1}" + hidden,
		},
	}
})
