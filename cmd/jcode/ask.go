package main

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/jcode-go/jcode/host"
)

// canAsk reports whether somebody can be asked in a run: a person sits at the
// terminal, wants to see what happens, and did not send the program to the
// background.
func (c *command) canAsk() bool {
	return c.interactive() && !c.wantsResult() && c.inv.count("quiet") == 0 && foreground(c.in)
}

// questions asks for a run whose screen is s. One question is open at a time.
func (c *command) questions(s *screen) func(context.Context, host.Question) (host.Answer, error) {
	return func(ctx context.Context, question host.Question) (answer host.Answer, err error) {
		s.hold(func() { answer, err = c.askPermission(ctx, question) })
		return answer, err
	}
}

// askPermission shows the whole of what a call would do, and reads the answer.
// Ctrl-C ends the run as SIGINT does.
func (c *command) askPermission(ctx context.Context, question host.Question) (host.Answer, error) {
	ui := c.newLoginUI(false)
	defer ui.close()
	c.keys.drain()
	if err := ui.show(questionLines(question, ui.paint)...); err != nil {
		return host.Answer{}, err
	}
	label, hint := "allow (y/n): ", ""
	if len(question.Rules) > 0 {
		label, hint = "allow (y/s/n): ", "; s allows it for this session"
	}
	for {
		typed, err := ui.ask(ctx, label, false)
		switch {
		case ui.interrupted():
			c.signals.interrupt()
			return host.Answer{}, context.Canceled
		case err != nil:
			return host.Answer{}, err
		}
		if answer, ok := readAnswer(typed, len(question.Rules) > 0); ok {
			return answer, nil
		}
		if err := ui.show("type y, n or the reason for a no" + hint); err != nil {
			return host.Answer{}, err
		}
	}
}

// readAnswer understands what was typed. Whatever is neither yes nor no is a no,
// with a word for the model; a single letter is more likely a slip.
func readAnswer(typed string, canRemember bool) (answer host.Answer, ok bool) {
	switch typed = strings.TrimSpace(typed); strings.ToLower(typed) {
	case "y", "yes":
		return host.Answer{Allow: true}, true
	case "s", "session":
		return host.Answer{Allow: true, Remember: true}, canRemember
	case "n", "no":
		return host.Answer{}, true
	}
	return host.Answer{Message: typed}, len(typed) > 1
}

// questionLines is the question for a person. Nothing of a command is left out or
// hidden: what a terminal would obey is written out.
func questionLines(q host.Question, p paint) []string {
	var lines []string
	switch {
	case q.Command != "":
		lines = append(lines, p.bold(visible(q.Tool)+" wants to run, in "+visible(q.Dir)+":"))
		lines = append(lines, indented(q.Command)...)
	case q.Path != "":
		lines = append(lines, p.bold(visible(q.Tool)+" wants to write:"), "    "+visible(q.Path))
	default:
		lines = append(lines, p.bold(visible(q.Tool)+" wants to do:"))
		lines = append(lines, indented(string(q.Input))...)
	}
	reason, _, _ := strings.Cut(q.Reason, "; only permission mode bypass")
	lines = append(lines, "  why you are asked: "+oneLine(reason))
	choices := "  y once, "
	if len(q.Rules) > 0 {
		rules := make([]string, len(q.Rules))
		for i, rule := range q.Rules {
			rules[i] = visible(rule)
		}
		choices += "s for this session: " + p.bold(strings.Join(rules, " and ")) + ",\n  "
	}
	return append(lines, choices+"n no; other words are a no that tells the model why")
}

func indented(text string) []string {
	var lines []string
	for line := range strings.SplitSeq(strings.TrimRight(text, "\n"), "\n") {
		lines = append(lines, "    "+visible(line))
	}
	if len(lines) > 20 {
		lines = append(lines, fmt.Sprintf("    (%d lines)", len(lines)))
	}
	return lines
}

// visible writes out what would not be seen as it is: control characters, marks
// that reorder text, and characters without width.
func visible(text string) string {
	var out strings.Builder
	for _, r := range text {
		switch {
		case r == '\t':
			out.WriteString("    ")
		case r < 0x20 || r == 0x7f:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r > 0x7f && (!unicode.IsGraphic(r) || runeCells(r) == 0):
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			out.WriteRune(r)
		}
	}
	return out.String()
}
