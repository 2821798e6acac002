package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

type configRow struct {
	Key         string `json:"key"`
	Value       string `json:"value"`
	Origin      string `json:"origin"`
	Description string `json:"description"`
	// Layers is every value that was given, weakest first.
	Layers []configLayer `json:"layers,omitempty"`
}

type configLayer struct {
	Value  string `json:"value"`
	Origin string `json:"origin"`
}

func newConfigRow(v host.ConfigValue, layers bool) configRow {
	row := configRow{Key: v.Key, Value: v.Value, Origin: v.Origin, Description: v.Description}
	for _, layer := range v.Layers {
		if layers {
			row.Layers = append(row.Layers, configLayer(layer))
		}
	}
	return row
}

func (c *command) configCommand() *cli.Command {
	return &cli.Command{
		Name: "config", Usage: "the settings and where they come from",
		Description: "Examples:\n  jcode config list\n  jcode config set provider NAME",
		Subcommands: append([]*cli.Command{
			{
				Name: "get", Usage: "print one setting", ArgsUsage: "KEY",
				Description: "Examples:\n  jcode config get provider\n  jcode config get provider --json",
				Flags:       []cli.Flag{jsonFlag()}, Action: c.configGet,
			},
			{
				Name: "set", Usage: "write one setting to the file", ArgsUsage: "KEY VALUE",
				Description: "Examples:\n  jcode config set provider NAME", Action: c.configSet,
			},
			{
				Name: "list", Usage: "list every setting, its value and its origin",
				Description: "Examples:\n  jcode config list\n  jcode config list --origin\n  jcode config list --json",
				Flags:       []cli.Flag{yes("origin", "", "show the values that do not count, too"), jsonFlag()}, Action: c.configList,
			},
			{
				Name: "path", Usage: "print where the file is",
				Description: "Examples:\n  $EDITOR \"$(jcode config path)\"", Action: c.configPath,
			},
		}, c.configFileCommands()...),
	}
}

func (c *command) configGet(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	value, err := h.ConfigGet(flags.Args().First())
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		row := newConfigRow(value, true)
		return c.printJSON(struct {
			Schema int `json:"schema"`
			configRow
		}{1, row})
	}
	_, err = fmt.Fprintln(c.out, value.Value)
	return err
}

func (c *command) configSet(flags *cli.Context) error {
	if err := wantArgs(flags, 2, 2); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	return h.ConfigSet(flags.Args().Get(0), flags.Args().Get(1))
}

func (c *command) configList(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	values, err := h.ConfigList()
	if err != nil {
		return err
	}
	c.warnAll(h.ConfigWarnings())
	if flags.Bool("json") {
		rows := make([]configRow, 0, len(values))
		for _, v := range values {
			rows = append(rows, newConfigRow(v, flags.Bool("origin")))
		}
		return c.printJSON(document("settings", rows))
	}
	rows := make([][]string, 0, len(values))
	for _, v := range values {
		rows = append(rows, []string{v.Key, v.Value, v.Origin})
		for i := len(v.Layers) - 2; i >= 0 && flags.Bool("origin"); i-- {
			rows = append(rows, []string{"(weaker)", v.Layers[i].Value, v.Layers[i].Origin})
		}
	}
	return c.table([]string{"KEY", "VALUE", "ORIGIN"}, rows)
}

func (c *command) configPath(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	_, err = fmt.Fprintln(c.out, h.ConfigPath())
	return err
}

func (c *command) warnAll(warnings []host.Warning) {
	for _, w := range warnings {
		c.warn(w.Message)
	}
}
