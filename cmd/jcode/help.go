package main

import (
	"errors"
	"io"
	"strings"

	"github.com/urfave/cli/v2"
)

const helpWidth = 80

const rootHelp = `jcode answers prompts with the tools of a programmer: it reads, searches and
edits files and runs commands in the folder it is started in. Models come from
provider plugins.

Examples:
  jcode login
  jcode run "find the failing test and mend it"
  jcode plugins list

More: jcode help COMMAND, jcode help exit-codes`

// helpTopic takes argv for a question for help: `jcode help [TOPIC...]`.
func helpTopic(argv []string) (topic []string, ok bool) {
	if len(argv) == 0 {
		return nil, true
	}
	if argv[0] != helpFlag {
		return nil, false
	}
	for _, word := range argv[1:] {
		if word != "-h" && word != "--"+helpFlag {
			topic = append(topic, word)
		}
	}
	return topic, true
}

// printHelp prints the help of a command or topic on stdout.
func (c *command) printHelp(topic []string) error {
	if len(topic) == 1 && topic[0] == exitCodesTopic {
		_, err := io.WriteString(c.out, exitCodesHelp())
		return err
	}
	if err := c.knownTopic(topic); err != nil {
		return err
	}
	text := rootUsage(c.app)
	if command := c.leaf(topic); command != nil {
		text = commandUsage(command)
	}
	_, err := io.WriteString(c.out, text)
	return err
}

// knownTopic refuses what is no command, and names the nearest.
func (c *command) knownTopic(topic []string) error {
	at := grammar(c.app)
	for i, word := range topic {
		below := findVerb(at, word)
		if below == nil {
			if i == 0 && !nearVerb(at, word) {
				return &usageError{what: "no help on", why: quote(word), try: programName + " help"}
			}
			return unknownCommand(at, topic[:i], word)
		}
		at = below
	}
	return nil
}

func nearVerb(at *verbSpec, word string) bool {
	var usage *usageError
	return errors.As(unknownCommand(at, nil, word), &usage) && strings.Contains(usage.why, "did you mean")
}

func findVerb(at *verbSpec, word string) *verbSpec {
	for _, v := range at.verbs {
		if v.name == word {
			return v
		}
	}
	return nil
}

func rootUsage(app *cli.App) string {
	var out strings.Builder
	out.WriteString(programName + " - " + app.Usage + "\n\n")
	out.WriteString("Usage: jcode [flags] COMMAND [flags] [arguments]\n\n")
	out.WriteString(rootHelp + "\n\nCommands:\n")
	out.WriteString(commandList(app.Commands))
	out.WriteString("\nGlobal flags, before or after the command:\n")
	out.WriteString(flagList(globalFlags()))
	return out.String()
}

func commandUsage(command *cli.Command) string {
	var out strings.Builder
	out.WriteString(command.HelpName + " - " + command.Usage + "\n\n")
	out.WriteString("Usage: " + usageLine(command) + "\n")
	if command.Description != "" {
		out.WriteString("\n" + command.Description + "\n")
	}
	if len(command.Subcommands) > 0 {
		out.WriteString("\nCommands:\n" + commandList(command.Subcommands))
		return out.String()
	}
	own, global := splitFlags(command)
	if len(own) > 0 {
		out.WriteString("\nFlags:\n" + flagList(own))
	}
	out.WriteString("\nGlobal flags:\n" + flagList(global))
	return out.String()
}

// splitFlags tells a command's own flags from the global ones, which come last.
func splitFlags(command *cli.Command) (own, global []cli.Flag) {
	n := max(len(command.Flags)-len(globalFlags()), 0)
	return command.Flags[:n], command.Flags[n:]
}

// splitExamples takes a description apart. What comes after the examples belongs to
// the description.
func splitExamples(description string) (about, examples string) {
	about, rest, found := strings.Cut(description, "Examples:\n")
	if !found {
		return strings.TrimSpace(description), ""
	}
	examples, after, _ := strings.Cut(rest, "\n\n")
	return strings.TrimSpace(strings.TrimSpace(about) + "\n\n" + after), strings.TrimRight(examples, "\n")
}

func usageLine(command *cli.Command) string {
	line := command.HelpName
	if len(command.Subcommands) > 0 {
		return line + " COMMAND"
	}
	line += " [flags]"
	if command.ArgsUsage != "" {
		line += " " + command.ArgsUsage
	}
	return line
}

func commandList(commands []*cli.Command) string {
	var rows [][2]string
	for _, command := range commands {
		if command.Hidden {
			continue
		}
		name := command.Name
		var below []string
		for _, sub := range command.Subcommands {
			below = append(below, sub.Name)
		}
		// A long list is told by the command's own help.
		if len(below) > 6 {
			below = append(below[:4:4], "…")
		}
		if len(below) > 0 {
			name += " " + strings.Join(below, "|")
		}
		rows = append(rows, [2]string{name, command.Usage})
	}
	return columns(rows)
}

func flagList(flags []cli.Flag) string {
	rows := make([][2]string, 0, len(flags))
	for _, flag := range flags {
		names := flag.Names()
		name := "    --" + names[0]
		if len(names) > 1 {
			name = "-" + names[1] + ", --" + names[0]
		}
		what, usage := describeFlag(flag)
		if what != "" {
			name += " " + what
		}
		rows = append(rows, [2]string{name, usage})
	}
	return columns(rows)
}

// describeFlag returns what a flag's value is called, and its usage.
func describeFlag(flag cli.Flag) (what, usage string) {
	switch f := flag.(type) {
	case *cli.StringFlag:
		return f.DefaultText, f.Usage
	case *cli.StringSliceFlag:
		return f.DefaultText + " ...", f.Usage
	case *cli.BoolFlag:
		return "", f.Usage
	}
	return "", ""
}

// columns prints two columns within the width of the help; a left cell that is
// too wide gets a line of its own.
func columns(rows [][2]string) string {
	const most = 34
	left := 0
	for _, row := range rows {
		if cells(row[0]) <= most {
			left = max(left, cells(row[0]))
		}
	}
	var out strings.Builder
	for _, row := range rows {
		gap := left - cells(row[0]) + 2
		out.WriteString("  " + row[0])
		if gap < 2 {
			out.WriteString("\n")
			gap = left + 4
		}
		out.WriteString(strings.Repeat(" ", gap))
		out.WriteString(wrap(row[1], helpWidth-left-4, left+4))
	}
	return out.String()
}

// wrap breaks text into lines of at most width, all but the first indented.
func wrap(text string, width, indent int) string {
	var out strings.Builder
	used := 0
	for _, word := range strings.Fields(text) {
		if used > 0 && used+1+cells(word) > width {
			out.WriteString("\n" + strings.Repeat(" ", indent))
			used = 0
		}
		if used > 0 {
			out.WriteString(" ")
			used++
		}
		out.WriteString(word)
		used += cells(word)
	}
	return out.String() + "\n"
}
