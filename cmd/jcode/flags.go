package main

import (
	"os"
	"path/filepath"

	"github.com/urfave/cli/v2"
)

// globalFlags work before and after every verb. They are made anew for each
// command, because the library keeps a flag's value inside it.
func globalFlags() []cli.Flag {
	return []cli.Flag{
		text("provider", "", "NAME", "use this provider"),
		text("model", "m", "ID", "use this model; PROVIDER/ID names both, ID:LEVEL the effort"),
		text("directory", "C", "DIR", "work in DIR, as if started there"),
		list("plugin", "", "NAME=PATH", "use this plugin program, unverified"),
		list("set", "", "KEY=VALUE", "a setting for this time only"),
		yes("clean", "", "no configuration, instructions or installed plugins"),
		yes("trust-project", "", "trust this project's own files, this time"),
		text("color", "", "WHEN", "auto, always or never"),
		yes("quiet", "q", "only the answer, and only if there is one"),
		yes("verbose", "v", "show more; twice shows still more"),
		text("log-file", "", "FILE", "append what jcode does, never what is said"),
		text("log-level", "", "LEVEL", "trace, debug, info, warn or error"),
	}
}

// text makes a flag with one value. In usage texts the value is called what.
func text(name, letter, what, usage string) *cli.StringFlag {
	return &cli.StringFlag{Name: name, Aliases: letters(letter), Usage: usage, DefaultText: what}
}

// list makes a flag that may be given several times.
func list(name, letter, what, usage string) *cli.StringSliceFlag {
	return &cli.StringSliceFlag{Name: name, Aliases: letters(letter), Usage: usage, DefaultText: what}
}

// yes makes a flag without a value.
func yes(name, letter, usage string) *cli.BoolFlag {
	return &cli.BoolFlag{Name: name, Aliases: letters(letter), Usage: usage, Count: new(int)}
}

func jsonFlag() cli.Flag { return yes("json", "", "print JSON") }

func letters(letter string) []string {
	if letter == "" {
		return nil
	}
	return []string{letter}
}

// count is how often a flag without a value was given.
func (inv invocation) count(name string) int {
	n := 0
	for _, f := range inv.flags {
		if f.name == name && f.value == "true" {
			n++
		}
	}
	return n
}

// changeDirectory obeys -C before anything reads a relative path.
func (c *command) changeDirectory() error {
	dir, given := c.inv.flag("directory")
	if !given {
		return nil
	}
	if err := os.Chdir(dir); err != nil {
		return &usageError{what: "flag -C", why: err.Error()}
	}
	return nil
}

// workingDir is the absolute folder that the user works in.
func workingDir() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", &usageError{what: "working directory", why: err.Error()}
	}
	return filepath.Clean(dir), nil
}

// wantArgs refuses fewer or more arguments than a command takes.
func wantArgs(c *cli.Context, least, most int) error {
	n := c.NArg()
	switch {
	case n < least:
		return usagef(c.Command.HelpName+" --help", "missing argument: usage: %s", usageLine(c.Command))
	case n > most:
		return usagef(c.Command.HelpName+" --help", "unexpected argument %s", quote(c.Args().Get(most)))
	}
	return nil
}

// oneOf refuses a value that is none of the allowed ones.
func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	e := &usageError{what: "flag --" + flag, why: quote(value) + " is not one of " + enumerate(allowed)}
	if near, found := nearest(value, append([]string(nil), allowed...)); found {
		e.why += "; did you mean " + near + "?"
	}
	return e
}
