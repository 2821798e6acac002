package main

import (
	"fmt"
	"time"

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

	TrustDetail   string   `json:"trust_detail"`
	Origin        string   `json:"origin"`
	Signer        *string  `json:"signer"`
	Pinned        bool     `json:"pinned"`
	Asks          []string `json:"asks"`
	Auth          *string  `json:"auth"`
	AuthAccount   *string  `json:"auth_account"`
	AuthCheckedAt *string  `json:"auth_checked_at"`
	Sandbox       string   `json:"sandbox"`
	SandboxDetail string   `json:"sandbox_detail"`
	Update        *string  `json:"update"`
	UpdateChecked *string  `json:"update_checked_at"`
}

func (c *command) pluginsCommand() *cli.Command {
	return &cli.Command{
		Name: "plugins", Usage: "install and look after provider plugins",
		Description: `Examples:
  jcode plugins list
  jcode plugins install github.com/owner/jcode-provider-acme
  jcode plugins upgrade`,
		Subcommands: []*cli.Command{
			c.pluginsListCommand(), c.pluginsInfoCommand(), c.pluginsInstallCommand(), c.pluginsUpgradeCommand(),
			c.pluginsOutdatedCommand(), c.pluginsPinCommand(), c.pluginsUninstallCommand(), c.pluginsRollbackCommand(),
			c.pluginsEnableCommand(), c.pluginsDisableCommand(), c.pluginsVerifyCommand(), c.pluginsLogsCommand(),
			c.pluginsDoctorCommand(), c.pluginsExportCommand(), c.pluginsImportCommand(),
			c.pluginsNewCommand(), c.pluginsTestCommand(), c.pluginsDevCommand(),
		},
	}
}

func (c *command) pluginsListCommand() *cli.Command {
	return &cli.Command{
		Name: "list", Usage: "list the plugins, launching none of them",
		Description: `Broken and shadowed plugins are listed with the reason. A plugin shadows
another of its name that is found later: --plugin comes before
JCODE_PLUGIN_PATH, that before installed, and that before bundled ones.

AUTH is what was last seen, and how long ago; --probe starts the plugins and
asks. SANDBOX is what a probe inside the process found when it last ran.

Examples:
  jcode plugins list
  jcode plugins list --probe
  jcode plugins list --json
  jcode plugins list --plugin mine=./jcode-provider-mine`,
		Flags:  []cli.Flag{jsonFlag(), yes("probe", "", "start every plugin and ask for its login")},
		Action: c.pluginsList,
	}
}

func (c *command) pluginsList(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	dir, err := workingDir()
	if err != nil {
		return err
	}
	h, err := c.openToRead(flags, dir)
	if err != nil {
		return err
	}
	defer c.close(h)
	if flags.Bool("probe") {
		c.signals.await()
		if _, err := h.AuthStatus(flags.Context, "", false); err != nil {
			return err
		}
	}
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
		rows = append(rows, []string{
			p.Name, p.Version, p.Protocol, p.Source, statusCell(p), authCell(p, time.Now()), p.Trust, p.Sandbox, p.Path,
		})
	}
	return c.tableWithin([]string{"NAME", "VERSION", "PROTOCOL", "SOURCE", "STATUS", "AUTH", "TRUST", "SANDBOX", "PATH"}, rows, "PATH", "PROTOCOL", "SOURCE")
}

// authCell is the login that was last seen and its age: "ok, 5m ago".
func authCell(p host.Plugin, now time.Time) string {
	if p.Auth == "" {
		return ""
	}
	return p.Auth + ", " + age(now.Sub(p.AuthAt)) + " ago"
}

// age is a duration in its largest unit.
func age(d time.Duration) string {
	switch {
	case d < time.Minute:
		return fmt.Sprintf("%ds", int(max(d, 0).Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%dm", int(d.Minutes()))
	case d < 48*time.Hour:
		return fmt.Sprintf("%dh", int(d.Hours()))
	}
	return fmt.Sprintf("%dd", int(d.Hours()/24))
}

func statusCell(p host.Plugin) string {
	status := p.Status
	if p.Experimental {
		status += ", experimental"
	}
	if p.Reason != "" {
		status += ": " + p.Reason
	}
	if p.Pinned {
		status += ", pinned"
	}
	if p.Update != "" {
		status += ", " + p.Update + " is out"
	}
	return status
}

func pluginRows(plugins []host.Plugin) []pluginRow {
	rows := make([]pluginRow, 0, len(plugins))
	for _, p := range plugins {
		rows = append(rows, pluginRowOf(p))
	}
	return rows
}

func pluginRowOf(p host.Plugin) pluginRow {
	return pluginRow{
		p.Name, p.Version, p.Protocol, p.Source, p.Path, p.Status, p.Reason, p.SHA256, p.RunsCLI,
		p.Display, p.Description, p.Trust, p.Remedy, p.Experimental, orEmpty(p.Environment), orEmpty(p.Warnings),
		p.TrustDetail, p.Origin, orNull(p.Signer), p.Pinned, orEmpty(p.Asks),
		orNull(p.Auth), orNull(p.AuthAccount), timeOrNull(p.AuthAt), p.Sandbox, p.SandboxDetail,
		orNull(p.Update), timeOrNull(p.UpdateAt),
	}
}
