package main

import (
	"context"
	stdflag "flag"
	"io"

	"github.com/urfave/cli/v2"
)

// invoke hands the flags and arguments of inv to a command and runs it. The
// library's own way there, App.Run, brings its help printer into the program and
// with it text/template. A template may call any method by its name, so the linker
// would keep every exported method of every type: 2.6 MB, and a slower start.
func (c *command) invoke(ctx context.Context, at *cli.Command, inv invocation) error {
	set := stdflag.NewFlagSet(at.Name, stdflag.ContinueOnError)
	set.SetOutput(io.Discard)
	for _, f := range at.Flags {
		if list, ok := f.(*cli.StringSliceFlag); ok {
			// Set would split a value at its commas.
			list.Value = cli.NewStringSlice(inv.all(list.Name)...)
		}
		if err := f.Apply(set); err != nil {
			return err
		}
	}
	if err := set.Parse(inv.rest(at.Flags)); err != nil {
		return &usageError{why: err.Error(), try: at.HelpName + " --help"}
	}
	flags := cli.NewContext(c.app, set, &cli.Context{Context: ctx})
	flags.Command = at
	return at.Action(flags)
}

// all returns every value given for name.
func (inv invocation) all(name string) []string {
	var values []string
	for _, f := range inv.flags {
		if f.name == name {
			values = append(values, f.value)
		}
	}
	return values
}

// rest is what a flag set reads: the flags with one value, and the arguments.
func (inv invocation) rest(flags []cli.Flag) []string {
	lists := map[string]bool{}
	for _, f := range flags {
		if list, ok := f.(*cli.StringSliceFlag); ok {
			lists[list.Name] = true
		}
	}
	argv := make([]string, 0, len(inv.flags)+1+len(inv.args))
	for _, f := range inv.flags {
		if !lists[f.name] {
			argv = append(argv, "--"+f.name+"="+f.value)
		}
	}
	return append(append(argv, "--"), inv.args...)
}
