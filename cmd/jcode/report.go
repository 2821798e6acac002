package main

import (
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

// finish tells the user about err, in the form that was asked for, and returns
// the exit code.
func (c *command) finish(err error) int {
	f := c.explain(err)
	if f == nil {
		return exitOK
	}
	if !c.printed && c.wantsResult() {
		if writeErr := c.printLoneResult(f); writeErr != nil && isReaderGone(writeErr) {
			return exitReaderGone
		}
	}
	c.printFailure(f)
	return f.exit
}

// explain is like the function, and knows who was asked and what to do next.
func (c *command) explain(err error) *failure { return c.explainOf(c.provider, err) }

// explainOf is explain for an error that may come from provider.
func (c *command) explainOf(provider string, err error) *failure {
	f := explain(err)
	if f == nil {
		return nil
	}
	if f.provider == "" && (is[*sdk.Error](err) || is[*host.PluginError](err)) {
		f.provider = provider
	}
	if f.hint == "" {
		f.hint = c.nextCommand(err, f)
	}
	return f
}

// wantsResult reports whether stdout is to have a result, in JSON.
func (c *command) wantsResult() bool {
	form, _ := c.inv.flag("output-format")
	return len(c.inv.verbs) > 0 && c.inv.verbs[0] == "run" && (form == formatJSON || form == formatStream)
}

// printLoneResult is the result of a run that did not come to begin.
func (c *command) printLoneResult(f *failure) error {
	c.printed = true
	return writeLine(c.out, newResult(host.RunResult{Provider: c.provider}, f, nil))
}

// printFailure prints "jcode: what: why" and, below it, what to do.
func (c *command) printFailure(f *failure) {
	if f.silent {
		return
	}
	p := c.paint(c.errTerminal)
	text := oneLine(f.message)
	if f.provider != "" && !strings.Contains(text, f.provider) {
		text = f.provider + ": " + text
	}
	prefix := programName + ":"
	lines := message(prefix, p.red(prefix), text+f.reference(), c.errWidth())
	if f.hint != "" {
		lines += "  try: " + oneLine(f.hint) + "\n"
	}
	_, _ = fmt.Fprint(c.err, lines)
}

// deniedLine tells people of denied calls, whatever else is quiet; empty when there
// were none, or when the error says it.
func deniedLine(denied int, f *failure) string {
	switch {
	case denied == 0 || f != nil && f.exit == exitDenied:
		return ""
	case denied == 1:
		return programName + ": 1 tool call was denied"
	}
	return fmt.Sprintf("%s: %d tool calls were denied", programName, denied)
}

// reference is what the vendor's support asks for: " (status 529, request R)".
func (f *failure) reference() string {
	var facts []string
	if f.httpStatus != 0 {
		facts = append(facts, fmt.Sprintf("status %d", f.httpStatus))
	}
	if f.requestID != "" {
		facts = append(facts, "request "+oneLine(f.requestID))
	}
	if len(facts) == 0 {
		return ""
	}
	return " (" + strings.Join(facts, ", ") + ")"
}

// warn prints one warning, unless the user wants quiet.
func (c *command) warn(text string) {
	if c.inv.count("quiet") > 0 {
		return
	}
	prefix := programName + ": warning:"
	_, _ = fmt.Fprint(c.err, message(prefix, c.paint(c.errTerminal).yellow(prefix), oneLine(text), c.errWidth()))
}

// notice tells what is no reason to worry, unless the user wants quiet.
func (c *command) notice(text string) {
	if c.inv.count("quiet") > 0 {
		return
	}
	prefix := programName + ":"
	_, _ = fmt.Fprint(c.err, message(prefix, prefix, oneLine(text), c.errWidth()))
}

// oneLine makes text of anybody fit to be one line of a message.
func oneLine(text string) string {
	const limit = 500
	if len(text) <= limit && isOneLine(text) {
		return text
	}
	text = strings.Join(strings.Fields(cleanText(text)), " ")
	if runes := []rune(text); len(runes) > limit {
		text = string(runes[:limit-1]) + "…"
	}
	return text
}

// isOneLine is the quick answer for nearly all text: words of ASCII, one space apart.
func isOneLine(text string) bool {
	space := true // before the first word there may be none
	for i := range len(text) {
		b := text[i]
		if b < ' ' || b >= 0x7f || b == ' ' && space {
			return false
		}
		space = b == ' '
	}
	return !space || text == ""
}

// enumerate is "a, b or c".
func enumerate(words []string) string {
	switch len(words) {
	case 0:
		return "nothing"
	case 1:
		return words[0]
	}
	return strings.Join(words[:len(words)-1], ", ") + " or " + words[len(words)-1]
}
