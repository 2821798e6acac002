package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// errTampered says that a plugin is not what the lock file says; which is printed.
var errTampered = &host.InstallError{Op: "verify plugins", Kind: "integrity", Detail: "something was changed, see above", Remedy: "jcode plugins doctor --repair"}

type verifyRow struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	OK      bool   `json:"ok"`
	SHA256  string `json:"sha256"`
	Trust   string `json:"trust"`
	Detail  string `json:"detail"`
}

func (c *command) pluginsVerifyCommand() *cli.Command {
	return &cli.Command{
		Name: "verify", Usage: "compare the installed plugins with the lock file", ArgsUsage: "[NAME...]",
		Description: `Hashes every file of the installed plugins; starts nothing. The exit code is
8 when one differs.

Examples:
  jcode plugins verify
  jcode plugins verify acme`,
		Flags: []cli.Flag{jsonFlag()},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 0, 100, func(_ context.Context, h *host.Host) error {
				found, err := h.VerifyPlugins(flags.Args().Slice()...)
				if err != nil {
					return err
				}
				return c.printVerification(found, flags.Bool("json"))
			})
		},
	}
}

func (c *command) printVerification(found []host.PluginVerification, asJSON bool) (err error) {
	rows := make([]verifyRow, 0, len(found))
	table := make([][]string, 0, len(found))
	bad := false
	for _, v := range found {
		rows = append(rows, verifyRow{v.Name, v.Version, v.OK, v.SHA256, v.Trust, v.Detail})
		state := "ok"
		if !v.OK {
			state, bad = "CHANGED: "+v.Detail, true
		}
		table = append(table, []string{v.Name, v.Version, v.TrustDetail, state})
	}
	if asJSON {
		err = c.printJSON(document("plugins", rows))
	} else {
		err = c.table([]string{"NAME", "VERSION", "TRUST", "FILES"}, table)
	}
	if err == nil && bad {
		return errTampered
	}
	return err
}

func (c *command) pluginsDoctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "look the installed plugins over, and repair",
		Description: `Checks lock file, generations and every file. --repair goes back to what can
be read, drops what is damaged, and removes what crashes left. The exit code
is 1 when something stays wrong.

Examples:
  jcode plugins doctor
  jcode plugins doctor --repair`,
		Flags: []cli.Flag{jsonFlag(), yes("repair", "", "put right what can be put right")},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 0, 0, func(ctx context.Context, h *host.Host) error {
				findings, err := h.CheckPlugins(ctx, flags.Bool("repair"))
				if err != nil {
					return err
				}
				return c.printFindings(findings, flags.Bool("json"))
			})
		},
	}
}

type findingRow struct {
	Object   string `json:"object"`
	Detail   string `json:"detail"`
	Remedy   string `json:"remedy"`
	Repaired bool   `json:"repaired"`
	Harmless bool   `json:"harmless"`
}

func (c *command) printFindings(findings []host.PluginFinding, asJSON bool) error {
	rows := make([]findingRow, 0, len(findings))
	var out strings.Builder
	bad := false
	for _, f := range findings {
		rows = append(rows, findingRow(f))
		note := ""
		switch {
		case f.Repaired:
			note = " (repaired)"
		case f.Harmless:
			note = " (costs space only)"
		default:
			bad = true
		}
		fmt.Fprintf(&out, "%s: %s%s\n", oneLine(f.Object), oneLine(f.Detail), note)
		if f.Remedy != "" && !f.Harmless {
			fmt.Fprintf(&out, "  try: %s\n", oneLine(f.Remedy))
		}
	}
	if len(findings) == 0 {
		out.WriteString("all is well\n")
	}
	var err error
	if asJSON {
		err = c.printJSON(document("findings", rows))
	} else {
		_, err = io.WriteString(c.out, out.String())
	}
	if err == nil && bad {
		return errUnhealthy
	}
	return err
}

func (c *command) pluginsInfoCommand() *cli.Command {
	return &cli.Command{
		Name: "info", Usage: "show everything about a plugin", ArgsUsage: "NAME",
		Description: "Examples:\n  jcode plugins info acme\n  jcode plugins info acme --json",
		Flags:       []cli.Flag{jsonFlag()}, Action: c.pluginsInfo,
	}
}

func (c *command) pluginsInfo(flags *cli.Context) error {
	return c.withHost(flags, 1, 1, func(ctx context.Context, h *host.Host) error {
		name := flags.Args().First()
		plugins, err := h.Plugins(ctx)
		if err != nil {
			return err
		}
		plugins = slices.DeleteFunc(plugins, func(p host.Plugin) bool { return p.Name != name })
		if len(plugins) == 0 {
			return &host.InstallError{Op: "show " + name, Kind: "not_found", Detail: "there is no plugin of this name", Remedy: "jcode plugins list"}
		}
		if flags.Bool("json") {
			return c.printJSON(document("plugins", pluginRows(plugins)))
		}
		for _, p := range plugins {
			if err := c.printPlugin(p); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *command) printPlugin(p host.Plugin) error {
	var out strings.Builder
	line := func(label, value string) {
		if value != "" {
			fmt.Fprintf(&out, "  %-10s %s", label, c.broken(oneLine(value), 13))
		}
	}
	out.WriteString(c.paint(c.outTerminal).bold(oneLine(p.Name+" "+p.Version)) + "\n")
	line("display", p.Display)
	line("about", p.Description)
	line("status", statusCell(p))
	line("try", p.Remedy)
	line("source", strings.TrimSpace(p.Source+" "+p.Origin))
	line("path", p.Path)
	line("sha256", p.SHA256)
	line("protocol", p.Protocol)
	line("kind", p.Kind)
	line("trust", strings.TrimSpace(p.Trust+" "+parenthesis(p.TrustDetail)))
	line("sandbox", strings.TrimSpace(p.Sandbox+" "+parenthesis(p.SandboxDetail)))
	if p.Auth != "" {
		line("login", strings.TrimSpace(p.Auth+" "+parenthesis(p.AuthAccount))+", seen "+timestamp(p.AuthAt))
	}
	for i, ask := range p.Asks {
		line(either(i == 0, "asks for", ""), ask)
	}
	for _, warning := range p.Warnings {
		line("warning", warning)
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

func (c *command) pluginsLogsCommand() *cli.Command {
	return &cli.Command{
		Name: "logs", Usage: "print what a plugin has logged", ArgsUsage: "NAME",
		Description: `One JSON object a line, oldest first. --crash prints the crash reports.

Examples:
  jcode plugins logs acme
  jcode plugins logs --crash acme`,
		Flags: []cli.Flag{yes("crash", "", "the crash reports")},
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 1, 1, func(_ context.Context, h *host.Host) error {
				name := flags.Args().First()
				files, err := h.PluginLogs(name, flags.Bool("crash"))
				if err != nil {
					return err
				}
				if len(files) == 0 {
					_, err := fmt.Fprintln(c.err, oneLine(name+" has logged nothing yet"))
					return err
				}
				return c.copyFiles(files)
			})
		},
	}
}

func (c *command) copyFiles(files []string) error {
	for _, file := range files {
		f, err := os.Open(file)
		if errors.Is(err, os.ErrNotExist) { // rotated away meanwhile
			continue
		}
		if err != nil {
			return err
		}
		_, err = io.Copy(c.out, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
	}
	return nil
}

// pluginList is the file of export and import.
type pluginList struct {
	Schema int              `toml:"schema"`
	Plugin []pluginListItem `toml:"plugin"`
}

type pluginListItem struct {
	Name    string `toml:"name"`
	Version string `toml:"version"`
	Source  string `toml:"source"`
	// Constraint is the version or range to install; Signer who must have signed.
	Constraint string `toml:"constraint,omitempty"`
	Signer     string `toml:"signer,omitempty"`
	SHA256     string `toml:"sha256,omitempty"`
}

func (c *command) pluginsExportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "print the installed plugins as a list for import",
		Description: "Examples:\n  jcode plugins export > plugins.toml",
		Action: func(flags *cli.Context) error {
			return c.withHost(flags, 0, 0, func(_ context.Context, h *host.Host) error {
				entries, err := h.InstalledPlugins()
				if err != nil {
					return err
				}
				list := pluginList{Schema: 1}
				for _, e := range entries {
					item := pluginListItem{Name: e.Name, Version: e.Version, Source: e.Source, Constraint: e.Constraint, Signer: e.Signer}
					if strings.Contains(e.Source, "://") {
						item.SHA256 = e.ArchiveSHA256
					}
					list.Plugin = append(list.Plugin, item)
				}
				text, err := toml.Marshal(list)
				if err != nil {
					return err
				}
				_, err = c.out.Write(text)
				return err
			})
		},
	}
}

func (c *command) pluginsImportCommand() *cli.Command {
	return &cli.Command{
		Name: "import", Usage: "install the plugins of an exported list", ArgsUsage: "FILE",
		Description: `FILE is what export printed; - is standard input. Each plugin asks for your
agreement as with install; one that fails does not stop the others.

Examples:
  jcode plugins import plugins.toml
  jcode plugins import --yes plugins.toml`,
		Flags: append(consentFlags(), jsonFlag(), yes("no-smoke", "", "do not start them once before they count")), Action: c.pluginsImport,
	}
}

func (c *command) pluginsImport(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1); err != nil {
		return err
	}
	list, err := c.readPluginList(flags.Args().First())
	if err != nil {
		return err
	}
	items := map[string]pluginListItem{}
	var names []string
	for _, item := range list.Plugin {
		items[item.Name], names = item, append(names, item.Name)
	}
	return c.changePlugins(flags, names, func(ctx context.Context, h *host.Host, name string, ui host.InstallUI) (host.InstallResult, error) {
		item := items[name]
		r := host.InstallRequest{Source: item.Source, SHA256: item.SHA256, Key: item.Signer, SkipSmoke: flags.Bool("no-smoke")}
		switch {
		case item.Constraint != "":
			r.Source += "@" + item.Constraint
		case strings.HasPrefix(item.Source, "go:") || strings.HasPrefix(item.Source, "github.com/"):
			r.Source += "@" + item.Version
		}
		return h.InstallPlugin(ctx, r, ui)
	})
}

func (c *command) readPluginList(file string) (pluginList, error) {
	var list pluginList
	var data []byte
	var err error
	if file == "-" {
		data, err = io.ReadAll(io.LimitReader(c.in, 1<<20))
	} else {
		data, err = os.ReadFile(file)
	}
	if err != nil {
		return list, err
	}
	err = toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields().Decode(&list)
	if err == nil && list.Schema != 1 {
		err = fmt.Errorf("schema %d is not 1", list.Schema)
	}
	if err != nil {
		return list, &host.ConfigError{File: file, Message: "no list of plugins: " + err.Error(), Remedy: "jcode plugins export > " + file}
	}
	return list, nil
}
