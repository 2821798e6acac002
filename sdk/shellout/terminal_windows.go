package shellout

import (
	"context"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// RunTerminal cannot be done here: there is no pseudo-terminal that a program
// could be given. The error names the command, for the user to run it.
func RunTerminal(_ context.Context, c Command, lent sdk.Terminal, _ sdk.TerminalSize) (Exit, error) {
	c = c.withDefaults(NoLimit)
	_ = lent.Exit(-1) // nothing ran on it
	e := c.failure(sdk.KindInteractionRequired, "Windows lends no terminal to "+c.Name)
	e.Remedy = strings.Join(append([]string{c.Name}, c.Args...), " ") + ", in a terminal of its own"
	return Exit{Program: c.Name, Code: -1}, e
}
