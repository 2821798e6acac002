package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"
)

// completeVerb is what the scripts call: jcode __complete SHELL -- WORDS. The first
// line of the answer says what may come: ":words", which the other lines are, each
// with a tab and what it means, or ":files" or ":folders".
const completeVerb = "__complete"

func (c *command) completeCommand() *cli.Command {
	return &cli.Command{Name: completeVerb, Hidden: true, Action: c.completeAction}
}

// completeAction says nothing of errors: they would end up in the command line of a
// person who pressed Tab.
func (c *command) completeAction(flags *cli.Context) error {
	args := flags.Args().Slice()
	if len(args) < 2 {
		return nil
	}
	shell, words := args[0], args[1:]
	shown := "" // what the shell takes for the current word
	switch {
	case shell == "bash" && len(words) == 2:
		shown = words[1]
		words = splitLine(words[0])[1:]
	case shell == "powershell":
		words[len(words)-1] = strings.TrimPrefix(words[len(words)-1], ".")
	}
	if len(words) == 0 {
		return nil
	}
	answer := c.complete(flags, words)
	if shell == "bash" {
		answer = answer.forBash(words[len(words)-1], shown)
	}
	_, err := io.WriteString(c.out, answer.String())
	return err
}

// completions is the answer to one Tab.
type completions struct {
	kind   string // of completionKinds
	values []completion
}

type completion struct{ value, about string }

const (
	completeWords   = ":words"
	completeFiles   = ":files"
	completeFolders = ":folders"
)

func (a completions) String() string {
	var out strings.Builder
	out.WriteString(a.kind + "\n")
	for _, v := range a.values {
		out.WriteString(oneLine(v.value))
		if v.about != "" {
			out.WriteString("\t" + fit(oneLine(v.about), 60))
		}
		out.WriteString("\n")
	}
	return out.String()
}

// forBash leaves out the descriptions, and what stands before the part of the word
// that bash takes for the word.
func (a completions) forBash(cur, shown string) completions {
	if shown == "=" || shown == ":" {
		shown = ""
	}
	before, found := strings.CutSuffix(cur, shown)
	if !found { // it has quotes in it
		before = ""
	}
	for i := range a.values {
		a.values[i] = completion{value: strings.TrimPrefix(a.values[i].value, before)}
	}
	return a
}

// place is where on the line the current word stands.
type place struct {
	group   []*cli.Command // the commands that may come; nil at a leaf
	leaf    *cli.Command
	flags   []cli.Flag
	args    int    // arguments before
	flag    string // the flag whose value is wanted; else empty
	literal bool   // after "--"
	help    bool
	used    []string
	dir     string // the value of -C; empty without
	typed   string // what is there of the value that is wanted
}

func (c *command) complete(flags *cli.Context, words []string) completions {
	cur := words[len(words)-1]
	at := c.placeOf(words[:len(words)-1])
	at.typed = cur
	if name, value, ok := strings.Cut(cur, "="); ok && strings.HasPrefix(cur, "--") && !at.literal && at.flag == "" {
		if spec, known := flagTable(at.flags)[strings.TrimPrefix(name, "--")]; known && spec.takesValue {
			at.typed = value
			return c.flagValue(flags, at, spec.name).with(value, name+"=")
		}
		return completions{kind: completeWords}
	}
	switch {
	case at.flag != "":
		return c.flagValue(flags, at, at.flag).with(cur, "")
	case strings.HasPrefix(cur, "-") && !at.literal:
		return at.flagNames().with(cur, "")
	case at.leaf == nil:
		return at.commandNames().with(cur, "")
	case at.help:
		return completions{kind: completeWords}
	}
	return c.argument(flags, at).with(cur, "")
}

// with keeps what begins with cur, and puts prefix before it.
func (a completions) with(cur, prefix string) completions {
	var kept []completion
	for _, v := range a.values {
		if strings.HasPrefix(v.value, cur) {
			kept = append(kept, completion{prefix + v.value, v.about})
		}
	}
	a.values = kept
	return a
}

// placeOf goes over the words before the current one as argv is read.
func (c *command) placeOf(words []string) place {
	at := place{group: c.app.Commands, flags: globalFlags()}
	for _, word := range words {
		table := flagTable(at.flags)
		switch {
		case at.flag != "":
			at.take(at.flag, word)
			at.flag = ""
		case word == "--" && !at.literal:
			at.literal = true
		case !at.literal && looksLikeFlag(word):
			name, value, hasValue := strings.Cut(strings.TrimLeft(word, "-"), "=")
			if !strings.HasPrefix(word, "--") && name != "" {
				name = name[len(name)-1:] // the last of several letters
			}
			if spec, ok := table[name]; ok {
				at.used = append(at.used, spec.name)
				switch {
				case hasValue:
					at.take(spec.name, value)
				case spec.takesValue:
					at.flag = spec.name
				}
			}
		case at.leaf != nil:
			at.args++
		default:
			at.enter(word)
		}
	}
	return at
}

// take notes the value of a flag that changes what may come.
func (at *place) take(flag, value string) {
	if flag == "directory" {
		at.dir = value
	}
}

// enter goes into the command that word names.
func (at *place) enter(word string) {
	if word == helpFlag && !at.help {
		at.help = true
		return
	}
	for _, command := range at.group {
		if command.Name != word {
			continue
		}
		at.group = command.Subcommands
		if len(command.Subcommands) == 0 {
			at.leaf, at.flags, at.group = command, command.Flags, nil
		}
		return
	}
}

func (at place) commandNames() completions {
	a := completions{kind: completeWords}
	top := false
	for _, command := range at.group {
		if !command.Hidden {
			a.values = append(a.values, completion{command.Name, command.Usage})
		}
		top = top || command.Name == "run"
	}
	if top && at.help {
		a.values = append(a.values, completion{exitCodesTopic, "what the exit codes mean"})
	} else if top {
		a.values = append(a.values, completion{helpFlag, "the help on a command"})
	}
	return a
}

// flagNames are the flags that may still come. A letter is offered only when there
// is no long name.
func (at place) flagNames() completions {
	a := completions{kind: completeWords}
	for _, flag := range at.flags {
		_, many := flag.(*cli.StringSliceFlag)
		name := flag.Names()[0]
		if !many && slices.Contains(at.used, name) {
			continue
		}
		_, usage := describeFlag(flag)
		a.values = append(a.values, completion{"--" + name, usage})
	}
	a.values = append(a.values, completion{"--" + helpFlag, "this help"})
	return a
}

// splitLine takes a line apart as a shell does, without expanding anything. The last
// word is empty when the line ends in a blank.
func splitLine(line string) []string {
	words := []string{""}
	quote, blank := rune(0), false
	add := func(r rune) {
		if blank {
			words, blank = append(words, ""), false
		}
		words[len(words)-1] += string(r)
	}
	escaped := false
	for _, r := range line {
		switch {
		case escaped:
			escaped = false
			add(r)
		case r == '\\' && quote != '\'':
			escaped = true
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			add(r)
		case r == '\'' || r == '"':
			quote = r
			if blank {
				words, blank = append(words, ""), false
			}
		case r == ' ' || r == '\t' || r == '\n':
			blank = true
		default:
			add(r)
		}
	}
	if blank {
		words = append(words, "")
	}
	return words
}

func (a completions) add(value, format string, args ...any) completions {
	a.values = append(a.values, completion{value, fmt.Sprintf(format, args...)})
	return a
}
