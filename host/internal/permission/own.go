package permission

import (
	"fmt"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/tool/shell"
)

// ownLooks are the commands of jcode that a command line may use: those that look,
// and the run's own jobs. Others change what a run may do (trust, config, plugins),
// whose account it uses (login), or start a run that these rules do not hold for.
var ownLooks = []string{
	"job", "help", "version", "man", "completion", "schema", "models", "usage", "doctor",
	"sessions list", "sessions show", "sessions path", "sessions export",
	"config list", "config get", "config path", "config schema", "config validate",
	"plugins list", "plugins info", "plugins verify", "plugins test", "plugins new", "auth status", "auth list",
}

// ownOpens are the flags that even a command that looks may not have.
var ownOpens = []string{"--set", "--plugin", "--trust-project"}

// ownProgram refuses what jcode's own command line could open. A task belongs to the
// tool of that name. The command must come first: before it, a flag could take its
// place.
func (p *Policy) ownProgram(cmd shell.Command) string {
	words, flags := operands(cmd.Args)
	opens := slices.ContainsFunc(flags, func(w shell.Word) bool {
		return slices.ContainsFunc(ownOpens, w.Starts)
	})
	verb := ""
	for i, w := range cmd.Args[:min(len(cmd.Args), 2)] {
		verb = strings.TrimSpace(verb + " " + w.Text())
		if slices.Contains(ownLooks, verb) && !opens {
			return ""
		}
		if i == 0 && w.Is("--version") || len(words) == i && w.Is("--help") {
			return ""
		}
	}
	if len(cmd.Args) == 0 {
		return ""
	}
	return fmt.Sprintf("jcode %s could change what jcode may do, or start a run that these rules do not hold for", verb)
}
