package cliprovider

import (
	"strings"

	"github.com/jcode-go/jcode/sdk/shellout"
)

// plainID is the message of an answer that is not told in events.
const plainID = "answer"

// plainOutput is the output of a program that prints the answer itself. Its first
// line is held back until it is known to be no refusal.
type plainOutput struct {
	run     *run
	head    strings.Builder
	decided bool
}

// maxHead is how much may be a first line.
const maxHead = 1 << 10

func (o *plainOutput) chunk(text string) error {
	text = shellout.PlainText(text)
	if o.decided {
		return o.show(text)
	}
	o.head.WriteString(text)
	return o.look(false)
}

// end decides about an output of less than a line.
func (o *plainOutput) end() error {
	if o.decided {
		return nil
	}
	return o.look(true)
}

// look decides about the first line, once it is whole or nothing more can come.
func (o *plainOutput) look(over bool) error {
	head := strings.TrimLeft(o.head.String(), "\n\t ")
	line, rest, whole := strings.Cut(head, "\n")
	if f, ok := o.run.cli.stops(line); ok { // a program that waits does not end its line
		o.run.answer.Noise(shellout.Redact(line))
		return &stopError{f, line}
	}
	if !whole && len(head) < maxHead && !over || head == "" {
		return nil
	}
	if matchesAny(o.run.cli.Idle, line) {
		o.run.answer.Noise(line)
		o.head.Reset()
		o.head.WriteString(rest)
		return o.look(over)
	}
	o.decided = true
	return o.show(head)
}

func (o *plainOutput) show(text string) error { return o.run.answer.Text(plainID, text) }
