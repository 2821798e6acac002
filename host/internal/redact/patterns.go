package redact

import (
	"regexp"
	"strings"
	"sync"
)

// pattern finds secrets by their looks: the last group, or all without any, is the
// secret.
type pattern struct {
	expression *regexp.Regexp
	// needs is a text without which nothing can match; it saves most searches.
	needs []string
}

// patterns are compiled when first needed, since most runs never do.
var patterns = sync.OnceValue(func() []pattern {
	return []pattern{
		{regexp.MustCompile(`(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----(.+?)(?:-----END [A-Z ]*PRIVATE KEY-----|$)`), []string{"PRIVATE KEY"}},
		{regexp.MustCompile(`(?i)\b(?:bearer|basic)\s+([A-Za-z0-9._~+/=-]{8,})`), nil},
		{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?`), []string{"eyJ"}},
		{regexp.MustCompile(`\b(?:sk|rk|pk|key|pat|xox[abeprs]|gh[pousr]|glpat|github_pat|ya29|AIza|npm|hf|gsk|pypi|dop_v1|xai)[-_.]?[A-Za-z0-9][A-Za-z0-9_.-]{18,}`), nil},
		{regexp.MustCompile(`\b(?:AKIA|ASIA)[A-Z0-9]{16}\b`), []string{"AKIA", "ASIA"}},
		{regexp.MustCompile(`://[^/\s:@"']*:([^/\s@"']+)@`), []string{"://"}},
		// A header, whatever the scheme in it.
		{regexp.MustCompile(`(?i)\b(?:proxy-)?authorization["']?\s*[:=]\s*["']?(?:[A-Za-z]+ +)?(\[redacted\]|[^\s"'\\,;&}\]]{8,})`), nil},
		{regexp.MustCompile(`(?i)\b(?:set-)?cookie["']?\s*:\s*["']?([^\n"']{8,})`), nil},
		{regexp.MustCompile(`(?i)(?:token|secret|api[-_]?key|password|passwd|passphrase|verifier|auth[-_]?code|user[-_]?code)["']?\s*[:=]\s*["']?(\[redacted\]|[^\s"'\\,;&}\]]{8,})`), nil},
		// A variable, also with a short value or one of several words.
		{regexp.MustCompile(`\b(?:[A-Z0-9]+_)*(?:TOKEN|SECRET|KEY|PASSWORD|PASSWD|PASSPHRASE|PAT|CREDENTIALS?)=(?:"([^"\n]+)"|'([^'\n]+)'|(\[redacted\]|[^\s"';&|]+))`), []string{"="}},
	}
})

// replace puts Mark in the place of each secret.
func (p pattern) replace(s string) string {
	if !p.possible(s) {
		return s
	}
	var out strings.Builder
	last := 0
	for _, at := range p.expression.FindAllStringSubmatchIndex(s, -1) {
		from, to := secretOf(at)
		out.WriteString(s[last:from])
		out.WriteString(Mark)
		last = to
	}
	if last == 0 {
		return s
	}
	out.WriteString(s[last:])
	return out.String()
}

func (p pattern) possible(s string) bool {
	for _, text := range p.needs {
		if strings.Contains(s, text) {
			return true
		}
	}
	return len(p.needs) == 0
}

// secretOf is where in a match the secret is: the group that took part, else all.
func secretOf(match []int) (from, to int) {
	for i := 2; i+1 < len(match); i += 2 {
		if match[i] >= 0 {
			return match[i], match[i+1]
		}
	}
	return match[0], match[1]
}

// Found returns the secrets that Text would replace by their looks, for a redactor
// that is to find them elsewhere in a text too.
func Found(s string) []string {
	var values []string
	for _, p := range patterns() {
		if !p.possible(s) {
			continue
		}
		for _, at := range p.expression.FindAllStringSubmatchIndex(s, -1) {
			if from, to := secretOf(at); s[from:to] != Mark {
				values = append(values, s[from:to])
			}
		}
	}
	return values
}
