package cliprovider

import (
	"slices"
	"strings"

	"github.com/jcode-go/jcode/sdk/shellout"
)

// Help is what a program says of itself when asked "--help". The zero value is
// that of a program that says nothing.
type Help struct {
	Text string
	// rejected are flags that it lists and does not take.
	rejected []string
}

// Known reports whether the program says anything.
func (h Help) Known() bool { return h.Text != "" }

// Has reports whether it lists a flag, "--trust", and takes it.
func (h Help) Has(flag string) bool {
	if slices.Contains(h.rejected, flag) {
		return false
	}
	// Go's own flags have one dash in a help text, and may be given with two.
	long := strings.HasPrefix(flag, "--") && len(flag) > len("--x")
	return shellout.HasFlag(h.Text, flag) || long && shellout.HasFlag(h.Text, flag[1:])
}

// Lists reports whether it lists a command: a line that begins with it, indented.
func (h Help) Lists(command string) bool {
	for line := range strings.Lines(h.Text) {
		trimmed := strings.TrimLeft(line, " \t")
		if len(trimmed) == len(line) {
			continue
		}
		word, _, _ := strings.Cut(strings.TrimRight(trimmed, "\r\n"), " ")
		word, _, _ = strings.Cut(word, "\t")
		if slices.Contains(strings.Split(strings.TrimSuffix(word, ","), "|"), command) {
			return true
		}
	}
	return false
}

// Mentions reports whether it says some words, in any case.
func (h Help) Mentions(words string) bool {
	return strings.Contains(strings.ToLower(h.Text), strings.ToLower(words))
}

// without is h less a flag that the program does not take.
func (h Help) without(flag string) Help {
	h.rejected = append(slices.Clip(h.rejected), flag)
	return h
}

// hasAll reports whether every flag among args is listed.
func (h Help) hasAll(args []string) bool {
	for _, arg := range args {
		if flag, _, _ := strings.Cut(arg, "="); strings.HasPrefix(flag, "-") && !h.Has(flag) {
			return false
		}
	}
	return true
}
