package discover

import (
	"strconv"
	"strings"
)

// older reports whether version comes before minimum. Anything that is not a
// semantic version, such as a development build, is never older.
func older(version, minimum string) bool {
	v, ok := parseVersion(version)
	m, good := parseVersion(minimum)
	if !ok || !good {
		return false
	}
	for i := range v {
		if v[i] != m[i] {
			return v[i] < m[i]
		}
	}
	return false
}

// parseVersion reads the numbers of a semantic version. What follows them, a
// pre-release or a commit, is ignored: a build after v1.2.0 has its features.
func parseVersion(s string) ([3]int, bool) {
	s = strings.TrimPrefix(s, "v")
	if i := strings.IndexAny(s, "-+"); i >= 0 {
		s = s[:i]
	}
	parts := strings.Split(s, ".")
	var v [3]int
	if len(parts) != len(v) {
		return v, false
	}
	for i, part := range parts {
		n, err := strconv.Atoi(part)
		if err != nil || n < 0 {
			return v, false
		}
		v[i] = n
	}
	return v, true
}
