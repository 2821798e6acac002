package cliprovider

import (
	"strings"
	"testing"
)

// What a program says on standard error is looked at without trust.
func FuzzFailures(f *testing.F) {
	for _, seed := range []string{"error: unknown option '--trust'", "flag provided but not defined: -x", "  ✗ Error: error: Model \"x\" is not there", "unknown option -", ""} {
		f.Add(seed)
	}
	c := &CLI{Failures: []Failure{{Patterns: []string{`model "*not there`, "*anywhere", ""}}}}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.Split(text, "\n")
		if flag := rejectedFlag(lines); flag != "" && !strings.HasPrefix(flag, "-") {
			t.Errorf("flag %q", flag)
		}
		if _, line, ok := c.failureIn(lines); ok && !strings.Contains(text, line) {
			t.Errorf("line %q", line)
		}
		h := Help{Text: text}
		if h.Has("--trust") && !strings.Contains(text, "-trust") || h.Lists("login") && !strings.Contains(text, "login") {
			t.Error("the help lists what it does not hold")
		}
	})
}
