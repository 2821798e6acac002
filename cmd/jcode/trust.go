package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const trustHelp = `A project's own files (.jcode/config.toml, .jcode/agents) come from whoever
wrote the repository. Until you trust its folder they may only narrow what
jcode does; whatever else they ask for ends the command with exit 3. Trust is
for the whole git repository, or for DIR itself where there is none, and not
for repositories inside it. Read the files first.

Examples:
  jcode trust
  jcode trust ~/src/project
  jcode trust --list
  jcode trust --remove ~/src/project`

func (c *command) trustCommand() *cli.Command {
	return &cli.Command{
		Name: "trust", Usage: "let a project's own files set what needs trust", ArgsUsage: "[DIR]",
		Description: trustHelp, Action: c.trustAction,
		Flags: []cli.Flag{
			yes("list", "", "list the trusted folders"),
			yes("remove", "", "trust the folder no more"),
			yes("json", "", "print JSON"),
		},
	}
}

type trustRow struct {
	Path       string `json:"path"`
	Repository bool   `json:"repository"`
	Added      string `json:"added"`
}

func newTrustRow(f host.TrustedFolder) trustRow {
	return trustRow{Path: f.Path, Repository: f.Repository, Added: f.Added.UTC().Format(time.RFC3339)}
}

func (c *command) trustAction(flags *cli.Context) error {
	if err := exclude(flags, "list", "remove"); err != nil {
		return err
	}
	most := 1
	if flags.Bool("list") {
		most = 0
	}
	if err := wantArgs(flags, 0, most); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	dir, err := filepath.Abs(flags.Args().First())
	switch {
	case err != nil:
		return &usageError{what: "folder", why: err.Error()}
	case flags.Bool("list"):
		return c.trustList(flags, h)
	case flags.Bool("remove"):
		return c.trustRemove(flags, h, dir)
	}
	return c.trustAdd(flags, h, dir)
}

func (c *command) trustAdd(flags *cli.Context, h *host.Host, dir string) error {
	folder, added, err := h.TrustAdd(flags.Context, dir)
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(document("folders", []trustRow{newTrustRow(folder)}))
	}
	text := "trusted " + folder.Path
	if !added {
		text = folder.Path + " is trusted since " + folder.Added.Local().Format("2006-01-02")
	}
	_, err = fmt.Fprintln(c.out, oneLine(text))
	return err
}

func (c *command) trustRemove(flags *cli.Context, h *host.Host, dir string) error {
	folder, removed, err := h.TrustRemove(flags.Context, dir)
	if err != nil {
		return err
	}
	if !removed {
		return usagef("jcode trust --list", "%s is not trusted", oneLine(folder.Path))
	}
	if flags.Bool("json") {
		return c.printJSON(document("folders", []trustRow{newTrustRow(folder)}))
	}
	_, err = fmt.Fprintln(c.out, oneLine(folder.Path+" is no longer trusted"))
	return err
}

func (c *command) trustList(flags *cli.Context, h *host.Host) error {
	folders, err := h.TrustList()
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		rows := make([]trustRow, 0, len(folders))
		for _, f := range folders {
			rows = append(rows, newTrustRow(f))
		}
		return c.printJSON(document("folders", rows))
	}
	if len(folders) == 0 {
		_, err := fmt.Fprintln(c.out, "no folder is trusted")
		return err
	}
	rows := make([][]string, 0, len(folders))
	for _, f := range folders {
		kind := map[bool]string{true: "git repository", false: "folder"}[f.Repository]
		rows = append(rows, []string{f.Path, kind, f.Added.Local().Format("2006-01-02")})
	}
	return c.table(strings.Fields("FOLDER KIND SINCE"), rows)
}
