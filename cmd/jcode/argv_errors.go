package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
)

// usageError is a command line that cannot be obeyed: exit 2.
type usageError struct {
	// what is the flag, command or argument; why is what is wrong with it.
	what, why string
	// try is the command to run instead; may be empty.
	try string
}

// Error is "what: why".
func (e *usageError) Error() string {
	if e.what == "" {
		return e.why
	}
	return e.what + ": " + e.why
}

func usagef(try, format string, args ...any) error {
	return &usageError{why: fmt.Sprintf(format, args...), try: try}
}

func unknownCommand(at *verbSpec, verbs []string, word string) error {
	names := make([]string, 0, len(at.verbs))
	for _, v := range at.verbs {
		if !strings.HasPrefix(v.name, "_") { // hidden
			names = append(names, v.name)
		}
	}
	prefix := strings.Join(append([]string{programName}, verbs...), " ")
	e := &usageError{what: "unknown command", why: quote(word), try: prefix + " --help"}
	near, found := nearest(word, names)
	switch {
	case found:
		e.why += "; did you mean " + near + "?"
		e.try = prefix + " " + near
	case len(verbs) == 0:
		e.why += "; a prompt needs the verb run"
		e.try = prefix + " run " + shellQuote(word)
	}
	return e
}

func (p *argvParser) unknownFlag(spelling string) error {
	command := strings.Join(append([]string{programName}, p.inv.verbs...), " ")
	e := &usageError{what: "unknown flag", why: spelling, try: command + " --help"}
	if owner := p.ownerOf(spelling); owner != "" {
		e.why += " is not a flag of " + quote(command) + " but of " + quote(owner)
		return e
	}
	flags := p.at.flags()
	if p.at == p.root {
		flags = p.every()
	}
	names := make([]string, 0, len(flags))
	for name := range flags {
		if len(name) > 1 {
			names = append(names, name)
		}
	}
	if near, found := nearest(strings.TrimLeft(spelling, "-"), names); found {
		e.why += "; did you mean --" + near + "?"
	}
	if len(p.at.verbs) == 0 && len(p.inv.args) > 0 {
		e.why += " (words after -- are never flags)"
	}
	return e
}

// ownerOf names a command that has the flag, when the current one has not.
func (p *argvParser) ownerOf(spelling string) string {
	name := strings.TrimLeft(spelling, "-")
	if _, ok := p.every()[name]; !ok || strings.HasPrefix(spelling, "--") == (len(name) == 1) {
		return ""
	}
	return ownerBelow(p.root, programName, name)
}

func ownerBelow(v *verbSpec, path, flag string) string {
	for _, below := range v.verbs {
		if _, ok := below.flags()[flag]; ok && len(below.verbs) == 0 {
			return path + " " + below.name
		}
		if owner := ownerBelow(below, path+" "+below.name, flag); owner != "" {
			return owner
		}
	}
	return ""
}

func (p *argvParser) missingValue(spec flagSpec, spelling string, next []string) error {
	e := &usageError{what: "flag " + spelling, why: "needs a value"}
	e.try = strings.Join(append([]string{programName}, p.inv.verbs...), " ") + " --help"
	if len(next) > 0 && next[0] != "--" {
		e.why += "; if " + quote(next[0]) + " is meant, write --" + spec.name + "=" + shellQuote(next[0])
	}
	return e
}

// nearest returns the name that word was probably meant to be.
func nearest(word string, names []string) (string, bool) {
	slices.Sort(names)
	best, bestDistance := "", len(word)/3+2
	if len(word) < 4 {
		bestDistance = 2 // two letters of three are another word, as html is for xml
	}
	for _, name := range names {
		if d := levenshtein.ComputeDistance(word, name); d < bestDistance && d < len(name) {
			best, bestDistance = name, d
		}
	}
	return best, best != ""
}

// quote puts words of the user between quotation marks, short and on one line.
func quote(word string) string {
	const limit = 60
	if runes := []rune(word); len(runes) > limit {
		word = string(runes[:limit-1]) + "…"
	}
	return fmt.Sprintf("%q", word)
}

// shellQuote makes word safe to paste into a shell.
func shellQuote(word string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' ||
			strings.ContainsRune("-_./:=@,+%", r)
	}
	if word != "" && strings.IndexFunc(word, func(r rune) bool { return !plain(r) }) < 0 {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
