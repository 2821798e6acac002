package launch

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// redactor replaces secrets in what a plugin writes. Safe for concurrent use.
type redactor struct{ replacer *strings.Replacer }

const redactedText = "[redacted]"

// minSecret keeps short values, "1" or "bypass", from being searched for.
const minSecret = 8

// newRedactor knows the values of granted variables and of those entries of a
// child's environment that look secret.
func newRedactor(granted sdk.Variables, child []string) redactor {
	var values []string
	for _, secret := range granted {
		if v := secret.Reveal(); worthHiding(v) {
			values = append(values, v)
		}
	}
	for _, entry := range child {
		if name, v, _ := strings.Cut(entry, "="); SecretName(name) && worthHiding(v) {
			values = append(values, v)
		}
	}
	// The longest first: one value may be the beginning of another.
	slices.SortFunc(values, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	var pairs []string
	for _, v := range slices.Compact(values) {
		pairs = append(pairs, v, redactedText)
	}
	return redactor{replacer: strings.NewReplacer(pairs...)}
}

// worthHiding leaves out paths and plain URLs, which help to find a fault.
func worthHiding(value string) bool {
	plainURL := (strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")) && !strings.ContainsAny(value, "@?")
	return len(value) >= minSecret && !strings.HasPrefix(value, "/") && !plainURL
}

type tokenPattern struct {
	pattern *regexp.Regexp
	with    string
}

// tokenPatterns recognise secrets by their looks. They are compiled when a plugin
// first writes something, since most never do.
var tokenPatterns = sync.OnceValue(func() []tokenPattern {
	return []tokenPattern{
		{regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9._~+/=-]{8,}`), "$1 " + redactedText},
		{regexp.MustCompile(`\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]*)?`), redactedText},
		{regexp.MustCompile(`\b(sk|rk|pk|key|pat|xox[abprs]|gh[pousr]|glpat|github_pat|ya29|AIza)[-_.]?[A-Za-z0-9][A-Za-z0-9_.-]{18,}`), redactedText},
		{regexp.MustCompile(`(://[^/\s:@]*:)[^/\s@]+@`), "$1" + redactedText + "@"},
		{regexp.MustCompile(`(?i)((?:token|secret|api[-_]?key|password|passwd|authorization|verifier|auth[-_]?code|user[-_]?code)["']?\s*[:=]\s*["']?)(?:\[redacted\]|[^\s"'\\,;&}\]]{8,})`), "$1" + redactedText},
	}
})

func (r redactor) text(s string) string {
	if r.replacer != nil {
		s = r.replacer.Replace(s)
	}
	for _, p := range tokenPatterns() {
		s = p.pattern.ReplaceAllString(s, p.with)
	}
	return s
}
