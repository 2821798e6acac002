package main

import (
	"context"
	"fmt"
	"os"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const exportHelp = `md is for reading, html one page that needs nothing else, json what import
takes.

--redact replaces keys, tokens and values that are assigned to secret names,
and the home folder by ~. It leaves out pictures and what only vendors read. It
is a help, no guarantee: look at the result before you give it away.

Examples:
  jcode sessions export 7f3a > talk.md
  jcode sessions export --format html --redact parser > talk.html
  jcode sessions export --format json 7f3a > talk.json`

func (c *command) sessionsExportCommand() *cli.Command {
	return &cli.Command{
		Name: "export", Usage: "write one session to stdout", ArgsUsage: "[ID]", Description: exportHelp,
		Flags: []cli.Flag{
			text("format", "", "FORM", "md (as without this flag), json or html"),
			yes("redact", "", "replace secrets and the home folder"),
			yes("redact-emails", "", "the same, and e-mail addresses"),
			allProjectsFlag(),
		},
		Action: c.sessionsExport,
	}
}

func (c *command) sessionsExport(flags *cli.Context) error {
	if err := choice(flags, "format", flagValues["format"]...); err != nil {
		return err
	}
	options := host.ExportOptions{
		Format: host.ExportMarkdown, Redact: flags.Bool("redact"), RedactEmails: flags.Bool("redact-emails"),
	}
	if flags.IsSet("format") {
		options.Format = host.ExportFormat(flags.String("format"))
	}
	return c.withHost(flags, 0, 1, func(ctx context.Context, h *host.Host) error {
		return h.ExportSession(ctx, c.out, sessionRef(flags, flags.Args().First()), options)
	})
}

func (c *command) sessionsImport(flags *cli.Context) error {
	return c.withHost(flags, 1, 1, func(_ context.Context, h *host.Host) error {
		in := c.in
		if path := flags.Args().First(); path != "-" {
			file, err := os.Open(path)
			if err != nil {
				return &usageError{what: "import", why: path + ": " + rootCause(err)}
			}
			defer func() { _ = file.Close() }()
			in = file
		}
		id, err := h.ImportSession(in)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(c.out, id)
		return err
	})
}
