package main

import (
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

type pluginRow struct {
	Name     string `json:"name"`
	Version  string `json:"version"`
	Protocol string `json:"protocol"`
	Source   string `json:"source"`
	Path     string `json:"path"`
	Status   string `json:"status"`
	Reason   string `json:"reason"`
	SHA256   string `json:"sha256"`
	RunsCLI  bool   `json:"runs_cli"`

	Display      string   `json:"display"`
	Description  string   `json:"description"`
	Trust        string   `json:"trust"`
	Remedy       string   `json:"remedy"`
	Experimental bool     `json:"experimental"`
	Environment  []string `json:"environment"`
	Warnings     []string `json:"warnings"`
}

func (c *command) pluginsCommand() *cli.Command {
	return &cli.Command{
		Name: "plugins", Usage: "the provider plugins",
		Description: "Examples:\n  jcode plugins list\n  jcode plugins list --json",
		Subcommands: []*cli.Command{{
			Name: "list", Usage: "list the plugins, launching none of them",
			Description: `Broken and shadowed plugins are listed with the reason. A plugin shadows
another of its name that is found later: --plugin comes before
JCODE_PLUGIN_PATH, that before installed, and that before bundled ones.

Examples:
  jcode plugins list
  jcode plugins list --json
  jcode plugins list --plugin mine=./jcode-provider-mine`,
			Flags: []cli.Flag{jsonFlag()}, Action: c.pluginsList,
		}},
	}
}

func (c *command) pluginsList(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	plugins, err := h.Plugins(flags.Context)
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(document("plugins", pluginRows(plugins)))
	}
	if len(plugins) == 0 {
		_, err := fmt.Fprintln(c.err, "no plugins found: none is bundled with this program or installed")
		return err
	}
	rows := make([][]string, 0, len(plugins))
	for _, p := range plugins {
		status := p.Status
		if status == "ok" && p.Trust != "" {
			status += ", " + p.Trust
		}
		if p.Experimental {
			status += ", experimental"
		}
		if p.Reason != "" {
			status += ": " + p.Reason
		}
		rows = append(rows, []string{p.Name, p.Version, p.Protocol, p.Source, p.Path, status})
	}
	return c.table([]string{"NAME", "VERSION", "PROTOCOL", "SOURCE", "PATH", "STATUS"}, rows)
}

func pluginRows(plugins []host.Plugin) []pluginRow {
	rows := make([]pluginRow, 0, len(plugins))
	for _, p := range plugins {
		rows = append(rows, pluginRow{
			p.Name, p.Version, p.Protocol, p.Source, p.Path, p.Status, p.Reason, p.SHA256, p.RunsCLI,
			p.Display, p.Description, p.Trust, p.Remedy, p.Experimental, orEmpty(p.Environment), orEmpty(p.Warnings),
		})
	}
	return rows
}
