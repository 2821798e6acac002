package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

func (c *command) pluginsNewCommand() *cli.Command {
	return &cli.Command{
		Name: "new", Usage: "make the module of a new plugin", ArgsUsage: "NAME",
		Description: `Writes a Go module that compiles: the provider, its manifest, tests with the
conformance cases and a stand-in for the vendor, and a release recipe. --kind
http is for a vendor's HTTP API, cli for a vendor's own program. Nothing that
exists is overwritten.

A release of jcode takes the SDK of its own version. A development build needs
--sdk: a version, or the folder of the SDK's sources.

Examples:
  jcode plugins new acme
  jcode plugins new acme --kind cli --module github.com/you/jcode-provider-acme
  jcode plugins new acme --sdk ~/src/jcode/sdk --dir ~/src/acme`,
		Flags: []cli.Flag{
			text("kind", "", "KIND", "http or cli; http unless given"),
			text("sdk", "", "VERSION|PATH", "the SDK to build with"),
			text("module", "", "PATH", "the module's path, where it will be published"),
			text("dir", "", "DIR", "the folder to make; ./NAME unless given"),
			jsonFlag(),
		},
		Action: c.pluginsNew,
	}
}

type newPluginRow struct {
	Schema   int      `json:"schema"`
	Name     string   `json:"name"`
	Kind     string   `json:"kind"`
	Module   string   `json:"module"`
	Dir      string   `json:"dir"`
	SDK      string   `json:"sdk"`
	Files    []string `json:"files"`
	Warnings []string `json:"warnings"`
}

func (c *command) pluginsNew(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1); err != nil {
		return err
	}
	kind := flags.String("kind")
	if kind == "" {
		kind = "http"
	}
	if err := oneOf("kind", kind, "http", "cli"); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	made, err := h.NewPlugin(flags.Context, host.NewPluginRequest{
		Name: flags.Args().First(), Kind: kind, SDK: flags.String("sdk"),
		Module: flags.String("module"), Dir: flags.String("dir"),
	})
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(newPluginRow{1, made.Name, made.Kind, made.Module, made.Dir, made.SDK, made.Files, orEmpty(made.Warnings)})
	}
	for _, warning := range made.Warnings {
		c.warn(warning)
	}
	return c.printNewPlugin(made)
}

// printNewPlugin says what is there, and what to type next.
func (c *command) printNewPlugin(made host.NewPluginResult) error {
	var out strings.Builder
	fmt.Fprintf(&out, "made %s, a plugin of kind %s: %d files, module %s, SDK %s\n\n",
		oneLine(made.Dir), made.Kind, len(made.Files), oneLine(made.Module), oneLine(made.SDK))
	dir, here := made.Dir, "."
	if current, err := workingDir(); err == nil {
		if relative, err := filepath.Rel(current, made.Dir); err == nil && !strings.HasPrefix(relative, "..") {
			dir = relative
		}
	}
	steps := [][2]string{
		{"cd " + shellWord(dir), ""},
		{"make test", "unit tests and the conformance cases"},
		{"make build", "bin/jcode-provider-" + made.Name + " and its manifest"},
		{"jcode plugins dev " + here, "build at every change, for every jcode run of yours"},
		{"jcode plugins install ./bin", ""},
		{"jcode run --provider " + made.Name + ` "say hello"`, ""},
	}
	out.WriteString("next:\n")
	for _, step := range steps {
		line := "  " + step[0]
		if step[1] != "" {
			line = fmt.Sprintf("  %-36s # %s", step[0], step[1])
		}
		out.WriteString(line + "\n")
	}
	_, err := fmt.Fprint(c.out, out.String())
	return err
}

// shellWord quotes a path for a shell, where it needs it.
func shellWord(path string) string {
	if strings.ContainsAny(path, " '\"\\$&;()<>|*?`#~!") {
		return "'" + strings.ReplaceAll(path, "'", `'\''`) + "'"
	}
	return path
}
