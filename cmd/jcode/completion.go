package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// completeVerb is what the scripts call for names that change: providers and
// sessions. It launches nothing.
const completeVerb = "__complete"

// flagValues are the values of flags that are one of a few words.
var flagValues = map[string]string{
	"output-format":   "text json stream-json",
	"permission-mode": "read-only edit auto bypass",
	"on-deny":         "continue report fail",
	"color":           "auto always never",
	"format":          "md json",
	"suite":           "core login generate faults",
	"log-level":       "trace debug info warn error",
}

// fileFlags and folderFlags take a path; the words of commandFlags come from
// completeVerb.
var (
	fileFlags    = []string{"file", "prompt-file", "plugin", "fixtures", "junit", "log-file"}
	folderFlags  = []string{"directory", "add-dir"}
	commandFlags = map[string]string{"provider": "providers", "resume": "sessions"}
)

func (c *command) completionCommand() *cli.Command {
	return &cli.Command{
		Name: "completion", Usage: "print a completion script for a shell", ArgsUsage: "SHELL",
		Description: `SHELL is bash, zsh, fish or powershell.

Examples:
  jcode completion bash > ~/.local/share/bash-completion/completions/jcode
  jcode completion zsh > "${fpath[1]}/_jcode"
  jcode completion fish > ~/.config/fish/completions/jcode.fish
  jcode completion powershell >> $PROFILE`,
		Action: func(flags *cli.Context) error {
			if err := wantArgs(flags, 1, 1); err != nil {
				return err
			}
			scripts := map[string]func([]*cli.Command) string{
				"bash": bashScript, "zsh": zshScript, "fish": fishScript, "powershell": powershellScript,
			}
			script, ok := scripts[flags.Args().First()]
			if !ok {
				return usagef("jcode completion bash", "%s is none of bash, zsh, fish or powershell", quote(flags.Args().First()))
			}
			_, err := io.WriteString(c.out, script(c.app.Commands))
			return err
		},
	}
}

func (c *command) completeCommand() *cli.Command {
	return &cli.Command{Name: completeVerb, Hidden: true, Action: c.completeAction}
}

// completeAction prints names, one a line. It says nothing of errors: they
// would end up in the command line of a person who pressed Tab.
func (c *command) completeAction(flags *cli.Context) error {
	h, err := c.open(flags)
	if err != nil {
		return nil
	}
	defer c.close(h)
	var names []string
	switch flags.Args().First() {
	case "providers":
		plugins, _ := h.Plugins(flags.Context)
		for _, p := range plugins {
			names = append(names, p.Name)
		}
	case "sessions":
		sessions, _ := h.Sessions(flags.Context, host.SessionFilter{Limit: 50})
		for _, s := range sessions {
			names = append(names, s.ID)
		}
	}
	slices.Sort(names)
	for _, name := range slices.Compact(names) {
		if _, err := fmt.Fprintln(c.out, oneLine(name)); err != nil {
			return err
		}
	}
	return nil
}

// leaves calls visit for every command that does something, with its verbs, and
// for the groups and the program itself with the verbs that may follow.
func leaves(commands []*cli.Command, visit func(path string, verbs []string, flags []cli.Flag)) {
	visit("", append(visibleNames(commands), helpFlag), globalFlags())
	for _, command := range commands {
		switch {
		case command.Hidden:
		case len(command.Subcommands) > 0:
			visit(command.Name, visibleNames(command.Subcommands), globalFlags())
			for _, sub := range command.Subcommands {
				visit(command.Name+" "+sub.Name, nil, sub.Flags)
			}
		default:
			visit(command.Name, nil, command.Flags)
		}
	}
}

func visibleNames(commands []*cli.Command) []string {
	var names []string
	for _, command := range commands {
		if !command.Hidden {
			names = append(names, command.Name)
		}
	}
	return names
}

// spellings are all ways to write the flags, with dashes.
func spellings(flags []cli.Flag) []string {
	var words []string
	for _, flag := range flags {
		for _, name := range flag.Names() {
			words = append(words, dashed(name))
		}
	}
	return append(words, "--"+helpFlag)
}

func dashed(name string) string {
	if len(name) == 1 {
		return "-" + name
	}
	return "--" + name
}

// everyValueFlag are all flags that take a value, by their long names.
func everyValueFlag(commands []*cli.Command) map[string][]string {
	found := map[string][]string{}
	leaves(commands, func(_ string, _ []string, flags []cli.Flag) {
		for _, flag := range flags {
			if _, isBool := flag.(*cli.BoolFlag); !isBool {
				found[flag.Names()[0]] = flag.Names()
			}
		}
	})
	return found
}

// valuePattern is the shell pattern of all spellings of the named flags.
func valuePattern(all map[string][]string, names ...string) string {
	var words []string
	for _, name := range names {
		for _, spelling := range all[name] {
			words = append(words, dashed(spelling))
		}
	}
	slices.Sort(words)
	return strings.Join(words, "|")
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for key := range m {
		keys = append(keys, key)
	}
	slices.Sort(keys)
	return keys
}
