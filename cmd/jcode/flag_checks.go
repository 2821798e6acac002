package main

import (
	"slices"
	"strings"
)

// neverEmpty are flags whose empty value is a slip, most often of a variable that a
// script did not set. An empty --append-system adds nothing, and is none.
var neverEmpty = []string{
	"add-dir", "color", "directory", "file", "log-file", "log-level", "model", "on-deny", "output-format",
	"pass-env", "permission-mode", "plugin", "prompt-file", "provider", "resume", "set", "system", "timeout",
}

// logLevels are the values of --log-level.
var logLevels = []string{"trace", "debug", "info", "warn", "error"}

// checkValues refuses values that are wrong in whatever command they stand.
func (inv invocation) checkValues() error {
	for _, f := range inv.flags {
		switch {
		case strings.TrimSpace(f.value) == "" && slices.Contains(neverEmpty, f.name):
			return &usageError{what: "flag --" + f.name, why: "has an empty value"}
		case f.name == "pass-env" && strings.Contains(f.value, "="):
			return &usageError{what: "flag --pass-env", why: quote(f.value) + " is no name of a variable", try: "export " + shellQuote(f.value) + ", and --pass-env " + strings.SplitN(f.value, "=", 2)[0]}
		}
		var err error
		switch f.name {
		case "color":
			err = oneOf(f.name, f.value, "auto", "always", "never")
		case "log-level":
			err = oneOf(f.name, f.value, logLevels...)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// helpCommand is the next step when a command line is wrong and nobody knows better.
func (inv invocation) helpCommand() string {
	return strings.Join(append([]string{programName}, append(slices.Clone(inv.verbs), "--help")...), " ")
}
