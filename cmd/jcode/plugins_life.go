package main

import (
	"context"
	"fmt"
	"strconv"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// withHost opens the host for one action.
func (c *command) withHost(flags *cli.Context, least, most int, do func(context.Context, *host.Host) error) error {
	if err := wantArgs(flags, least, most); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	return do(flags.Context, h)
}

func (c *command) say(format string, args ...any) error {
	_, err := fmt.Fprintln(c.out, oneLine(fmt.Sprintf(format, args...)))
	return err
}

func (c *command) pluginsUninstallCommand() *cli.Command {
	return &cli.Command{
		Name: "uninstall", Usage: "remove an installed plugin", ArgsUsage: "NAME",
		Description: `What it had been granted ends with it. Its own folder stays, and rollback
brings the plugin back, after asking; --purge removes both, and its logs.

Examples:
  jcode plugins uninstall acme
  jcode plugins uninstall --purge acme`,
		Flags: []cli.Flag{yes("purge", "", "also remove its data, cache, logs and older versions")},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 1, 1, func(ctx context.Context, h *host.Host) error {
				name, purge := flags.Args().First(), flags.Bool("purge")
				r, err := h.UninstallPlugin(ctx, name, purge)
				switch {
				case err != nil:
					return err
				case purge:
					return c.say("removed %s %s with all its data", name, r.Previous)
				}
				return c.say("removed %s %s; its data stays in %s/data/%s", name, r.Previous, h.Home(), name)
			})
		},
	}
}

func (c *command) pluginsPinCommand() *cli.Command {
	return &cli.Command{
		Name: "pin", Usage: "keep upgrades away from an installed plugin", ArgsUsage: "NAME",
		Description: "Examples:\n  jcode plugins pin acme\n  jcode plugins pin --remove acme",
		Flags:       []cli.Flag{yes("remove", "", "let it be upgraded again")},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 1, 1, func(ctx context.Context, h *host.Host) error {
				name := flags.Args().First()
				if _, err := h.PinPlugin(ctx, name, !flags.Bool("remove")); err != nil {
					return err
				}
				if flags.Bool("remove") {
					return c.say("%s is upgraded again", name)
				}
				return c.say("%s stays as it is", name)
			})
		},
	}
}

func (c *command) pluginsEnableCommand() *cli.Command {
	return c.switchCommand("enable", "launch a disabled plugin again", true)
}

func (c *command) pluginsDisableCommand() *cli.Command {
	return c.switchCommand("disable", "keep a plugin from being launched", false)
}

func (c *command) switchCommand(verb, usage string, enabled bool) *cli.Command {
	return &cli.Command{
		Name: verb, Usage: usage, ArgsUsage: "NAME",
		Description: "Examples:\n  jcode plugins " + verb + " acme",
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 1, 1, func(ctx context.Context, h *host.Host) error {
				r, err := h.EnablePlugin(ctx, flags.Args().First(), enabled)
				switch {
				case err != nil:
					return err
				case r.Unchanged:
					return c.say("%s is %sd already", r.Name, verb)
				}
				return c.say("%s is %sd", r.Name, verb)
			})
		},
	}
}

func (c *command) pluginsRollbackCommand() *cli.Command {
	return &cli.Command{
		Name: "rollback", Usage: "go back to an earlier state of the installed plugins", ArgsUsage: "[NAME]",
		Description: `With a name only this plugin goes back, to the version before; without one
the last change is undone. Going back is a change like any other and can be
undone in the same way.

Examples:
  jcode plugins rollback
  jcode plugins rollback acme
  jcode plugins rollback --list
  jcode plugins rollback --to 7`,
		Flags: append(consentFlags(), jsonFlag(),
			text("to", "", "NUMBER", "the generation to go back to"),
			yes("list", "", "list what can be gone back to")),
		Action: c.pluginsRollback,
	}
}

func (c *command) pluginsRollback(flags *cli.Context) error {
	return c.withHost(flags, 0, 1, func(ctx context.Context, h *host.Host) error {
		if flags.Bool("list") {
			return c.printGenerations(h, flags.Bool("json"))
		}
		to := 0
		if text := flags.String("to"); text != "" {
			var err error
			if to, err = strconv.Atoi(text); err != nil || to < 1 {
				return usagef("jcode plugins rollback --list", "flag --to: %s is no number of a generation", quote(text))
			}
		}
		changes, r, err := h.RollbackPlugins(ctx, flags.Args().First(), to, c.newInstallUI(flags).host())
		if err != nil {
			return err
		}
		return c.printRollback(changes, r, flags.Bool("json"))
	})
}

type rollbackRow struct {
	Name string  `json:"name"`
	From *string `json:"from"`
	To   *string `json:"to"`
}

func (c *command) printRollback(changes []host.PluginChange, r host.InstallResult, asJSON bool) error {
	if asJSON {
		rows := make([]rollbackRow, 0, len(changes))
		for _, change := range changes {
			rows = append(rows, rollbackRow{change.Name, orNull(change.From), orNull(change.To)})
		}
		return c.printJSON(document("changes", rows))
	}
	if r.Unchanged {
		return c.say("nothing to do: that is how it is")
	}
	for _, change := range changes {
		var err error
		switch {
		case change.From == "":
			err = c.say("%s %s is back", change.Name, change.To)
		case change.To == "":
			err = c.say("%s %s is removed", change.Name, change.From)
		default:
			err = c.say("%s: %s, was %s", change.Name, change.To, change.From)
		}
		if err != nil {
			return err
		}
	}
	if len(changes) == 0 {
		return c.say("went back to what was disabled and pinned before")
	}
	return nil
}

type generationRow struct {
	Number  int      `json:"number"`
	Current bool     `json:"current"`
	Created string   `json:"created"`
	Reason  string   `json:"reason"`
	Plugins []string `json:"plugins"`
}

func (c *command) printGenerations(h *host.Host, asJSON bool) error {
	generations, current, err := h.PluginGenerations()
	if err != nil {
		return err
	}
	rows := make([]generationRow, 0, len(generations))
	table := make([][]string, 0, len(generations))
	for _, g := range generations {
		row := generationRow{g.Number, g.Number == current, timestamp(g.Created), g.Reason, []string{}}
		for _, p := range g.Plugin {
			row.Plugins = append(row.Plugins, p.Name+" "+p.Version)
		}
		mark := ""
		if row.Current {
			mark = "current"
		}
		rows = append(rows, row)
		table = append(table, []string{strconv.Itoa(g.Number), mark, g.Created.Local().Format("2006-01-02 15:04"), g.Reason})
	}
	if asJSON {
		return c.printJSON(document("generations", rows))
	}
	return c.table([]string{"NUMBER", "", "MADE", "CHANGE"}, table)
}

type outdatedRow struct {
	Name      string `json:"name"`
	Installed string `json:"installed"`
	Wanted    string `json:"wanted"`
	Latest    string `json:"latest"`
	Outdated  bool   `json:"outdated"`
	Pinned    bool   `json:"pinned"`
	Source    string `json:"source"`
	Reason    string `json:"reason"`
}

func (c *command) pluginsOutdatedCommand() *cli.Command {
	return &cli.Command{
		Name: "outdated", Usage: "ask the sources for newer versions", ArgsUsage: "[NAME...]",
		Description: `WANTED is the newest version that the constraint of the install allows,
LATEST the newest of all. The exit code is 0 whatever is found.

Examples:
  jcode plugins outdated
  jcode plugins outdated --json`,
		Flags: []cli.Flag{jsonFlag()},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 0, 100, func(ctx context.Context, h *host.Host) error {
				updates, err := h.OutdatedPlugins(ctx, flags.Args().Slice()...)
				if err != nil {
					return err
				}
				return c.printOutdated(updates, flags.Bool("json"))
			})
		},
	}
}

func (c *command) printOutdated(updates []host.PluginUpdate, asJSON bool) error {
	rows := make([]outdatedRow, 0, len(updates))
	table := make([][]string, 0, len(updates))
	for _, u := range updates {
		rows = append(rows, outdatedRow{u.Name, u.Installed, u.Wanted, u.Latest, u.Newer(), u.Pinned, u.Source, u.Reason})
		state := "up to date"
		switch {
		case u.Reason != "":
			state = u.Reason
		case u.Newer() && u.Pinned:
			state = "pinned"
		case u.Newer():
			state = "jcode plugins upgrade " + u.Name
		}
		table = append(table, []string{u.Name, u.Installed, u.Wanted, u.Latest, state})
	}
	if asJSON {
		return c.printJSON(document("plugins", rows))
	}
	return c.table([]string{"NAME", "INSTALLED", "WANTED", "LATEST", ""}, table)
}
