package main

import "strings"

// narrowest is how many columns must be left for text to be broken into them.
const narrowest = 24

// broken is text of stdout that begins at a column, in lines of whole words on a
// terminal, which would break them anywhere, and as one line elsewhere.
func (c *command) broken(text string, column int) string {
	room := c.width() - column
	if !c.outTerminal || room < narrowest {
		return text + "\n"
	}
	return wrap(text, room, column)
}

// message is "jcode: what: why" for a stderr whose terminal has that many columns; 0 is
// no terminal, and one line. The prefix is given plain and as it is painted.
func message(prefix, painted, text string, width int) string {
	const indent = 2
	if width-indent < narrowest {
		return painted + " " + text + "\n"
	}
	whole := wrap(prefix+" "+text, width-indent, indent)
	if rest, ok := strings.CutPrefix(whole, prefix); ok {
		return painted + rest
	}
	return whole
}

// errWidth is how many columns messages have; 0 is as many as they want.
func (c *command) errWidth() int {
	if !c.errTerminal {
		return 0
	}
	return c.width()
}
