package main

import (
	"context"
	"errors"
	"strings"
	"sync"

	"github.com/urfave/cli/v2"
)

const (
	programName = "jcode"
	helpFlag    = "help"
)

// command is one invocation of jcode while it runs. Its methods are the actions
// of the verbs.
type command struct {
	*process
	app *cli.App
	inv invocation
	// signals turns SIGINT and its like into the end of a context.
	signals *signalWatch
	// keys is the keyboard, once somebody was asked.
	keys *keyboard
	// printed says that the result of a run is on stdout already; provider is
	// who ran it, for messages.
	printed  bool
	provider string
}

// run is the whole program but for the exit: argv without the program's name
// in, exit code out.
func run(argv []string, p *process) int {
	c := &command{process: p}
	c.app = newApp(c)
	err := c.protect(func() error { return c.dispatch(argv) })
	return c.finish(err)
}

// dispatch reads argv and runs the command that it names.
func (c *command) dispatch(argv []string) error {
	if len(argv) == 1 && argv[0] == "--version" {
		argv = []string{"version"}
	}
	if topic, ok := helpTopic(argv); ok {
		return c.printHelp(topic)
	}
	inv, err := parseArgv(grammar(c.app), argv)
	c.inv = inv
	if err != nil {
		c.inv.flags = append(c.inv.flags, formatIn(argv)...)
		return err
	}
	at := c.leaf(inv.verbs)
	if inv.help || at == nil || len(at.Subcommands) > 0 {
		return c.printHelp(inv.verbs)
	}
	if err := inv.checkValues(); err != nil {
		return err
	}
	ctx, watch := watchSignals(context.Background(), c.exit)
	defer watch.stop()
	c.signals = watch
	if err := c.changeDirectory(); err != nil {
		return err
	}
	err = c.invoke(ctx, at, inv)
	if cause := watch.cause(); cause != nil && !errors.Is(err, cause) && err != nil {
		return errors.Join(cause, err)
	}
	return err
}

// formatIn finds the output format in an argv that was not understood, so that
// a program which wants JSON gets JSON in this case too.
func formatIn(argv []string) []setFlag {
	for i, word := range argv {
		for _, name := range []string{"-o", "--output-format"} {
			if value, ok := strings.CutPrefix(word, name+"="); ok {
				return []setFlag{{"output-format", value}}
			}
			if word == name && i+1 < len(argv) {
				return []setFlag{{"output-format", argv[i+1]}}
			}
		}
	}
	return nil
}

// newApp builds the commands. It is called once per run of the program.
func newApp(c *command) *cli.App {
	app := &cli.App{
		Name: programName, HelpName: programName,
		Usage:    "a coding agent whose providers are plugins",
		Commands: c.commands(),
	}
	prepare(programName, app.Commands, globalFlags())
	return app
}

func (c *command) commands() []*cli.Command {
	return []*cli.Command{
		c.runCommand(),
		c.loginCommand(),
		c.logoutCommand(),
		c.authCommand(),
		c.modelsCommand(),
		c.pluginsCommand(),
		c.sessionsCommand(),
		c.usageCommand(),
		c.jobCommand(),
		c.configCommand(),
		c.trustCommand(),
		c.schemaCommand(),
		c.debugCommand(),
		c.doctorCommand(),
		c.completionCommand(),
		c.manCommand(),
		c.versionCommand(),
		c.completeCommand(),
		c.tryLockCommand(),
	}
}

// prepare gives every command its full name and, where it does something, the
// global flags: the same ones, since one command runs.
func prepare(path string, commands []*cli.Command, global []cli.Flag) {
	for _, command := range commands {
		command.HelpName = path + " " + command.Name
		if len(command.Subcommands) > 0 {
			prepare(command.HelpName, command.Subcommands, global)
			continue
		}
		command.Flags = append(command.Flags, global...)
	}
}

// grammar is what argv is read by, taken from the commands themselves.
func grammar(app *cli.App) *verbSpec {
	root := &verbSpec{name: app.Name, flags: sync.OnceValue(globalTable)}
	for _, command := range app.Commands {
		root.verbs = append(root.verbs, verb(command))
	}
	return root
}

func verb(command *cli.Command) *verbSpec {
	v := &verbSpec{name: command.Name}
	for _, below := range command.Subcommands {
		v.verbs = append(v.verbs, verb(below))
	}
	v.flags = sync.OnceValue(func() map[string]flagSpec { return flagTable(command.Flags) })
	if len(v.verbs) > 0 {
		v.flags = sync.OnceValue(globalTable)
	}
	return v
}

func globalTable() map[string]flagSpec { return flagTable(globalFlags()) }

func flagTable(flags []cli.Flag) map[string]flagSpec {
	table := map[string]flagSpec{
		helpFlag: {name: helpFlag},
		"h":      {name: helpFlag},
	}
	for _, flag := range flags {
		names := flag.Names()
		_, isBool := flag.(*cli.BoolFlag)
		for _, name := range names {
			table[name] = flagSpec{name: names[0], takesValue: !isBool}
		}
	}
	return table
}

// leaf finds the command that verbs name; nil is the program itself.
func (c *command) leaf(verbs []string) *cli.Command {
	var found *cli.Command
	commands := c.app.Commands
	for _, name := range verbs {
		for _, command := range commands {
			if command.Name == name {
				found = command
			}
		}
		if found != nil {
			commands = found.Subcommands
		}
	}
	return found
}
