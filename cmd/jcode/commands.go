package main

import "github.com/urfave/cli/v2"

// eachLeaf visits every command that does something, at any depth; path is its
// verbs. Hidden commands are left out.
func eachLeaf(commands []*cli.Command, visit func(path []string, leaf *cli.Command)) {
	eachCommand(commands, func(path []string, command *cli.Command) {
		if len(command.Subcommands) == 0 {
			visit(path, command)
		}
	})
}

// eachCommand visits every command, groups before what is in them.
func eachCommand(commands []*cli.Command, visit func(path []string, command *cli.Command)) {
	var walk func(path []string, commands []*cli.Command)
	walk = func(path []string, commands []*cli.Command) {
		for _, command := range commands {
			if command.Hidden {
				continue
			}
			at := append(path[:len(path):len(path)], command.Name)
			visit(at, command)
			walk(at, command.Subcommands)
		}
	}
	walk(nil, commands)
}
