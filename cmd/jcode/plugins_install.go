package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// changeRow is the JSON of one change of the installed plugins.
type changeRow struct {
	Name       string   `json:"name"`
	Version    string   `json:"version"`
	Previous   string   `json:"previous"`
	Generation int      `json:"generation"`
	Unchanged  bool     `json:"unchanged"`
	Trust      string   `json:"trust"`
	SHA256     string   `json:"sha256"`
	Warnings   []string `json:"warnings"`
	Error      *string  `json:"error"`
}

// consentFlags are those of every verb that may have to ask.
func consentFlags() []cli.Flag {
	return []cli.Flag{
		yes("yes", "y", "agree to all that the plugin asks for"),
		list("grant", "", "ITEM", "agree to this alone, and deny the rest; env:NAME, read:PATH and the like"),
	}
}

func trustFlags() []cli.Flag {
	return []cli.Flag{
		text("key", "", "KEY", "the minisign key that must have signed it"),
		yes("unsigned", "", "accept an unsigned version of what was signed before"),
		yes("no-smoke", "", "do not start it once before it counts"),
	}
}

func (c *command) pluginsInstallCommand() *cli.Command {
	flags := append(consentFlags(), trustFlags()...)
	flags = append(flags, jsonFlag(),
		text("sha256", "", "DIGEST", "the digest that the file must have"),
		yes("replace-bundled", "", "let it take the name of a bundled plugin"),
		yes("describe", "", "run a program without manifest to ask what it is"),
		yes("pin", "", "keep upgrades away from it"))
	return &cli.Command{
		Name: "install", Usage: "install a plugin", ArgsUsage: "SOURCE...",
		Description: `A SOURCE is one of

  ` + strings.ReplaceAll(host.InstallSources, "\n", "\n  ") + `

Shows what the plugin asks for and installs it when you agree. Without a
terminal, --yes agrees to all of it and --grant to single items. GITHUB_TOKEN
goes to the releases' API and nowhere else; JCODE_GITHUB_API is its address.

Examples:
  jcode plugins install ./jcode-provider-acme
  jcode plugins install github.com/owner/jcode-provider-acme@^1.2
  jcode plugins install https://example.com/acme.tar.gz --sha256 DIGEST
  jcode plugins install go:example.com/acme/cmd/jcode-provider-acme@v1.2.3
  jcode plugins install --grant env:ACME_KEY ./acme.tar.gz`,
		Flags: flags, Action: c.pluginsInstall,
	}
}

func (c *command) pluginsInstall(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 100); err != nil {
		return err
	}
	request, err := installRequest(flags)
	if err != nil {
		return err
	}
	if flags.NArg() > 1 && (request.SHA256 != "" || request.Key != "") {
		return usagef("", "--sha256 and --key go with one source")
	}
	return c.changePlugins(flags, flags.Args().Slice(), func(ctx context.Context, h *host.Host, source string, ui host.InstallUI) (host.InstallResult, error) {
		request.Source = source
		return h.InstallPlugin(ctx, request, ui)
	})
}

func installRequest(flags *cli.Context) (host.InstallRequest, error) {
	r := host.InstallRequest{
		SHA256: flags.String("sha256"), Key: flags.String("key"), AcceptUnsigned: flags.Bool("unsigned"),
		ReplaceBundled: flags.Bool("replace-bundled"), Describe: flags.Bool("describe"),
		SkipSmoke: flags.Bool("no-smoke"), Pin: flags.Bool("pin"),
	}
	if r.Key == "" {
		return r, nil
	}
	return r, host.CheckPluginKey(r.Key)
}

// changePlugins runs change for each object, tells what it did and returns the
// first error. Several objects do not stop at one that fails.
func (c *command) changePlugins(flags *cli.Context, objects []string, change func(context.Context, *host.Host, string, host.InstallUI) (host.InstallResult, error)) error {
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	ui := c.newInstallUI(flags)
	var rows []changeRow
	var first error
	for _, object := range objects {
		result, err := change(flags.Context, h, object, ui.host())
		ui.bar.clear()
		rows = append(rows, changeRowOf(object, result, err))
		switch {
		case err != nil && first == nil:
			first = err
		case err != nil:
			c.printFailure(c.explain(err))
		case !flags.Bool("json"):
			first = cmp.Or(first, c.printChange(result))
		}
		if flags.Err() != nil {
			break
		}
	}
	if flags.Bool("json") {
		if err := c.printJSON(document("changes", rows)); err != nil {
			return err
		}
	}
	return first
}

func changeRowOf(object string, r host.InstallResult, err error) changeRow {
	row := changeRow{r.Name, r.Version, r.Previous, r.Generation, r.Unchanged, r.Trust, r.SHA256, orEmpty(r.Warnings), nil}
	if err != nil {
		message := err.Error()
		row.Name, row.Error = object, &message
	}
	return row
}

func (c *command) printChange(r host.InstallResult) error {
	for _, warning := range r.Warnings {
		c.warn(warning)
	}
	line := fmt.Sprintf("installed %s %s (%s)", r.Name, r.Version, r.Trust)
	switch {
	case r.Unchanged:
		line = fmt.Sprintf("%s %s is installed already (%s)", r.Name, r.Version, r.Trust)
	case r.Previous != "":
		line = fmt.Sprintf("replaced %s %s by %s (%s); jcode plugins rollback %s goes back", r.Name, r.Previous, r.Version, r.Trust, r.Name)
	}
	_, err := fmt.Fprintln(c.out, oneLine(line))
	return err
}

func (c *command) pluginsUpgradeCommand() *cli.Command {
	return &cli.Command{
		Name: "upgrade", Usage: "replace installed plugins by newer versions", ArgsUsage: "[NAME...]",
		Description: `Without a name every installed plugin that is not pinned. A version that
asks for more than the installed one shows what is new and needs your
agreement. What runs goes on with the version it was started with.

Examples:
  jcode plugins upgrade
  jcode plugins upgrade acme
  jcode plugins upgrade --yes acme`,
		Flags: append(append(consentFlags(), trustFlags()...), jsonFlag()), Action: c.pluginsUpgrade,
	}
}

func (c *command) pluginsUpgrade(flags *cli.Context) error {
	request, err := installRequest(flags)
	if err != nil {
		return err
	}
	names := flags.Args().Slice()
	if len(names) == 0 {
		if names, err = c.upgradable(flags); err != nil {
			return err
		}
		if len(names) == 0 {
			_, err := fmt.Fprintln(c.err, "nothing to upgrade: no plugin is installed, or all are pinned")
			return err
		}
	}
	return c.changePlugins(flags, names, func(ctx context.Context, h *host.Host, name string, ui host.InstallUI) (host.InstallResult, error) {
		return h.UpgradePlugin(ctx, name, request, ui)
	})
}

func (c *command) upgradable(flags *cli.Context) ([]string, error) {
	h, err := c.open(flags)
	if err != nil {
		return nil, err
	}
	defer c.close(h)
	plugins, err := h.Plugins(flags.Context)
	var names []string
	for _, p := range plugins {
		if p.Source == "installed" && !p.Pinned {
			names = append(names, p.Name)
		}
	}
	return names, err
}
