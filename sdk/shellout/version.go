package shellout

import (
	"regexp"
	"strconv"
	"sync"
)

// versionPattern costs the start of a plugin that needs none nothing.
var versionPattern = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`\bv?((\d+)\.(\d+)\.(\d+))\b`) })

// VersionIn is the first version of three numbers in what a program says of
// itself, "1.0.102", or "" when there is none.
func VersionIn(text string) string {
	if parts := versionPattern().FindStringSubmatch(text); parts != nil {
		return parts[1]
	}
	return ""
}

// OlderThan reports whether the first version in text is before least, or not
// known.
func OlderThan(text string, least [3]int) bool {
	parts := versionPattern().FindStringSubmatch(text)
	if parts == nil {
		return true
	}
	for i, want := range least {
		if n, err := strconv.Atoi(parts[i+2]); err != nil || n != want {
			return err != nil || n < want
		}
	}
	return false
}
