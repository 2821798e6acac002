package cliprovider

import (
	"net/http"
	"strings"
	"unicode"

	"github.com/jcode-go/jcode/sdk"
)

// Failure is one reason for a failed run, and how it is recognised.
type Failure struct {
	// Patterns are looked for at the beginning of a line, without case, behind
	// marks such as "✗" and words such as "Error:". A "*" in one stands for any
	// text; one that begins with it is looked for anywhere in a line.
	Patterns []string
	// Kind decides what happens.
	Kind sdk.Kind
	// Message takes the place of the program's own words; may be empty.
	Message string
	// Remedy is the next step; empty is the usual one for the kind.
	Remedy string
	// Retryable says that the same request may succeed later.
	Retryable bool
	// Stops says that the program prints this instead of an answer, perhaps with
	// status 0, perhaps to wait for somebody: the run is ended when it is seen.
	Stops bool
}

// usual are the failures of every program, behind those of the vendor.
var usual = []Failure{{
	Patterns: []string{"unknown option", "unknown argument", "unknown flag", "unexpected argument", "unrecognized option", "flag provided but not defined", "unknown command"},
	Kind:     sdk.KindCLIOutdated,
}}

// statuses are the kinds of HTTP statuses.
var statuses = map[int]sdk.Kind{
	http.StatusBadRequest: sdk.KindInvalidRequest, http.StatusUnauthorized: sdk.KindUnauthenticated,
	http.StatusPaymentRequired: sdk.KindBilling, http.StatusForbidden: sdk.KindPermissionDenied,
	http.StatusNotFound: sdk.KindModelNotFound, http.StatusRequestEntityTooLarge: sdk.KindContextTooLong,
	http.StatusTooManyRequests: sdk.KindRateLimited,
}

// matches reports whether a line is one that the failure is recognised by.
func (f Failure) matches(line string) bool { return matchesAny(f.Patterns, line) }

func matchesAny(patterns []string, line string) bool {
	line = strings.ToLower(undecorated(line))
	if line == "" {
		return false
	}
	for _, pattern := range patterns {
		if matches(strings.ToLower(pattern), line) {
			return true
		}
	}
	return false
}

// matches compares a pattern with a line, both in lower case.
func matches(pattern, line string) bool {
	parts := strings.Split(pattern, "*")
	if !strings.HasPrefix(line, parts[0]) {
		return false
	}
	line = line[len(parts[0]):]
	for _, part := range parts[1:] {
		i := strings.Index(line, part)
		if i < 0 {
			return false
		}
		line = line[i+len(part):]
	}
	return true
}

// undecorated is a line without what programs put before a message.
func undecorated(line string) string {
	for {
		line = strings.TrimLeftFunc(line, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
		rest, found := cutPrefixFold(line, "error:")
		if !found {
			rest, found = cutPrefixFold(line, "fatal:")
		}
		if !found {
			return strings.TrimSpace(line)
		}
		line = rest
	}
}

func cutPrefixFold(text, prefix string) (string, bool) {
	if len(text) < len(prefix) || !strings.EqualFold(text[:len(prefix)], prefix) {
		return text, false
	}
	return text[len(prefix):], true
}

// failureIn is the first failure of the table that one of the lines shows, and that
// line.
func (c *CLI) failureIn(lines []string) (Failure, string, bool) {
	for _, table := range [][]Failure{c.Failures, usual} {
		for _, f := range table {
			for _, line := range lines {
				if f.matches(line) {
					return f, line, true
				}
			}
		}
	}
	return Failure{}, "", false
}

// stops is the failure that ends a run as soon as it is seen.
func (c *CLI) stops(line string) (Failure, bool) {
	for _, f := range c.Failures {
		if f.Stops && f.matches(line) {
			return f, true
		}
	}
	return Failure{}, false
}

// rejectedFlag is the flag that a program says it does not know, "" if none.
func rejectedFlag(lines []string) string {
	for _, line := range lines {
		if !matchesAny(usual[0].Patterns, line) {
			continue
		}
		for _, word := range strings.FieldsFunc(line, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("'\"`,;:()", r) }) {
			if flag, _, _ := strings.Cut(word, "="); len(flag) > 1 && flag[0] == '-' {
				if !strings.HasPrefix(flag, "--") && len(flag) > 2 {
					flag = "-" + flag // the flags of Go's own package
				}
				return flag
			}
		}
	}
	return ""
}
