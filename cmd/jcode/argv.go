package main

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
)

// The flag library loses root flags below a command, takes flags behind an
// argument for arguments, "help" for a command and keeps "--". So jcode reads
// argv itself and hands the library the values of the flags and the arguments
// (see invoke).

// flagSpec is what must be known of a flag to read argv.
type flagSpec struct {
	// name is the long name, without dashes.
	name       string
	takesValue bool
}

// verbSpec is one command: its flags by each of their names, and the commands
// below it. Flags are asked for when they are needed: a start of the program needs
// those of one command, and there are some hundred.
type verbSpec struct {
	name  string
	flags func() map[string]flagSpec
	verbs []*verbSpec
}

// setFlag is a flag as it was given.
type setFlag struct{ name, value string }

// invocation is an argv that was understood.
type invocation struct {
	// verbs are the command and the one below it, as far as they were given.
	verbs []string
	flags []setFlag
	args  []string
	// literalFrom is the index of the first argument that came after "--".
	literalFrom int
	// help says that -h or --help was among the flags.
	help bool
}

// parseArgv reads argv, without the program's name. The invocation is filled in
// as far as it was understood, also beside an error, which is a *usageError.
func parseArgv(root *verbSpec, argv []string) (invocation, error) {
	p := argvParser{root: root, at: root, every: sync.OnceValue(func() map[string]flagSpec { return everyFlag(root) })}
	err := p.parse(argv)
	if p.literal < 0 {
		p.literal = len(p.inv.args)
	}
	p.inv.literalFrom = p.literal
	if err != nil {
		return p.inv, err
	}
	return p.inv, p.check()
}

// flag returns the last value given for name.
func (inv invocation) flag(name string) (string, bool) {
	for i := len(inv.flags) - 1; i >= 0; i-- {
		if inv.flags[i].name == name {
			return inv.flags[i].value, true
		}
	}
	return "", false
}

type argvParser struct {
	root, at *verbSpec
	// every holds the flags of all commands: before the verb is known, it is
	// not known either which flags there will be.
	every   func() map[string]flagSpec
	inv     invocation
	literal int
	// spelled remembers how each flag was written, for messages.
	spelled []string
}

func (p *argvParser) parse(argv []string) error {
	p.literal = -1
	for i := 0; i < len(argv); i++ {
		word := argv[i]
		if word == "--" {
			return p.rest(argv[i+1:])
		}
		if !looksLikeFlag(word) {
			if err := p.word(word); err != nil {
				return err
			}
			continue
		}
		used, err := p.flag(word, argv[i+1:])
		if err != nil {
			return err
		}
		i += used
	}
	return nil
}

// rest takes what follows "--": arguments, and nothing else. In front of them a
// verb may still be missing.
func (p *argvParser) rest(words []string) error {
	for len(words) > 0 && len(p.at.verbs) > 0 {
		if err := p.word(words[0]); err != nil {
			return err
		}
		words = words[1:]
	}
	p.literal = len(p.inv.args)
	p.inv.args = append(p.inv.args, words...)
	return nil
}

// word takes a verb while one is expected, and an argument afterwards.
func (p *argvParser) word(word string) error {
	if len(p.at.verbs) == 0 {
		p.inv.args = append(p.inv.args, word)
		return nil
	}
	for _, v := range p.at.verbs {
		if v.name == word {
			p.at = v
			p.inv.verbs = append(p.inv.verbs, word)
			return nil
		}
	}
	return unknownCommand(p.at, p.inv.verbs, word)
}

// looksLikeFlag tells flags from a lone "-" and from negative numbers.
func looksLikeFlag(word string) bool {
	if len(word) < 2 || word[0] != '-' {
		return false
	}
	_, err := strconv.ParseFloat(word, 64)
	return err != nil || strings.ContainsAny(word[1:2], "iInN")
}

// flag takes one word of flags and returns how many of the next words were its
// value.
func (p *argvParser) flag(word string, next []string) (int, error) {
	name, value, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
	if !strings.HasPrefix(word, "--") && len(name) != 1 {
		return p.letters(name, value, hasValue, next)
	}
	spelling := strings.TrimSuffix(word, "="+value)
	spec, ok := p.find(name, strings.HasPrefix(word, "--"))
	if !ok {
		return 0, p.unknownFlag(spelling)
	}
	return p.set(spec, spelling, value, hasValue, next)
}

// letters takes "-qv": several flags of one letter, of which only the last may
// have a value.
func (p *argvParser) letters(name, value string, hasValue bool, next []string) (int, error) {
	letters := []rune(name)
	for i, letter := range letters {
		spec, ok := p.find(string(letter), false)
		last := i == len(letters)-1
		if !ok || (spec.takesValue && !last) {
			return 0, p.unknownFlag("-" + name)
		}
		if last {
			return p.set(spec, "-"+string(letter), value, hasValue, next)
		}
		if _, err := p.set(spec, "-"+string(letter), "", false, nil); err != nil {
			return 0, err
		}
	}
	return 0, p.unknownFlag("-" + name)
}

// find looks a flag up. Long names need two dashes, letters one: "-model" would
// otherwise be "-m odel" in one shell's habit and "--model" in another's.
func (p *argvParser) find(name string, long bool) (flagSpec, bool) {
	if long == (len(name) == 1) {
		return flagSpec{}, false
	}
	if spec, ok := p.at.flags()[name]; ok {
		return spec, true
	}
	spec, ok := p.every()[name]
	return spec, ok
}

func (p *argvParser) set(spec flagSpec, spelling, value string, hasValue bool, next []string) (int, error) {
	used := 0
	switch {
	case spec.takesValue && !hasValue:
		if len(next) == 0 || p.isFlagWord(next[0]) {
			return 0, p.missingValue(spec, spelling, next)
		}
		value, used = next[0], 1
	case !spec.takesValue && !hasValue:
		value = "true"
	case !spec.takesValue:
		if _, err := strconv.ParseBool(value); err != nil {
			return 0, &usageError{
				what: "flag " + spelling, why: fmt.Sprintf("%q is neither true nor false", value),
				try: programName + " " + strings.Join(append(p.inv.verbs, spelling), " "),
			}
		}
	}
	if spec.name == helpFlag {
		p.inv.help = value == "true"
		return used, nil
	}
	p.inv.flags = append(p.inv.flags, setFlag{spec.name, value})
	p.spelled = append(p.spelled, spelling)
	return used, nil
}

// isFlagWord reports whether word is a flag of jcode, so that it cannot be
// meant as the value of the flag before it. Other words may start with a dash.
func (p *argvParser) isFlagWord(word string) bool {
	if word == "--" {
		return true
	}
	if !looksLikeFlag(word) {
		return false
	}
	name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
	_, ok := p.find(name, strings.HasPrefix(word, "--"))
	return ok
}

// check makes sure that the flags given are flags of the command that was found
// in the end.
func (p *argvParser) check() error {
	if p.inv.help || p.at == p.root {
		return nil
	}
	for i, f := range p.inv.flags {
		if _, ok := p.at.flags()[f.name]; !ok && len(p.at.verbs) == 0 {
			return p.unknownFlag(p.spelled[i])
		}
	}
	return nil
}

func everyFlag(v *verbSpec) map[string]flagSpec {
	every := map[string]flagSpec{}
	var walk func(*verbSpec)
	walk = func(v *verbSpec) {
		for name, spec := range v.flags() {
			if _, ok := every[name]; !ok {
				every[name] = spec
			}
		}
		for _, below := range v.verbs {
			walk(below)
		}
	}
	walk(v)
	return every
}
