// Package redact replaces secrets in text: in what plugins write to their logs, and
// in sessions that are exported. It knows values that were told to it, and the looks
// of keys, tokens and assignments. It is a help, no guarantee: a password in the
// middle of a sentence looks like any word.
package redact

import (
	"cmp"
	"slices"
	"strings"
)

// Mark stands in the place of a secret.
const Mark = "[redacted]"

// minSecret keeps short values, "1" or "bypass", from being searched for.
const minSecret = 8

// Redactor replaces secrets. The zero value knows their looks only. It does not
// change and is safe for concurrent use.
type Redactor struct{ replacer *strings.Replacer }

// New returns a redactor that also knows these values. Those too short to be told
// from words, and paths and plain URLs, which help to find a fault, are left out.
func New(values []string) Redactor {
	values = slices.DeleteFunc(slices.Clone(values), func(v string) bool { return !worthHiding(v) })
	if len(values) == 0 {
		return Redactor{}
	}
	// The longest first: one value may be the beginning of another.
	slices.SortFunc(values, func(a, b string) int {
		if c := cmp.Compare(len(b), len(a)); c != 0 {
			return c
		}
		return cmp.Compare(a, b)
	})
	var pairs []string
	for _, v := range slices.Compact(values) {
		pairs = append(pairs, v, Mark)
	}
	return Redactor{replacer: strings.NewReplacer(pairs...)}
}

func worthHiding(value string) bool {
	plainURL := (strings.HasPrefix(value, "http://") || strings.HasPrefix(value, "https://")) && !strings.ContainsAny(value, "@?")
	return len(value) >= minSecret && !strings.HasPrefix(value, "/") && !plainURL
}

// Text returns s without the secrets that it finds.
func (r Redactor) Text(s string) string {
	s = r.Known(s)
	for _, p := range patterns() {
		s = p.replace(s)
	}
	return s
}

// Known is Text for values that were told only, which costs next to nothing.
func (r Redactor) Known(s string) string {
	if r.replacer == nil {
		return s
	}
	return r.replacer.Replace(s)
}
