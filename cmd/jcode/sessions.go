package main

import (
	"context"
	"fmt"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const sessionWords = `ID may be a prefix that fits one session only, or a name. Names are those of
this project, unless --all-projects is given.`

func (c *command) sessionsCommand() *cli.Command {
	return &cli.Command{
		Name: "sessions", Usage: "the conversations that were kept",
		Description: sessionWords + "\n\nExamples:\n  jcode sessions list\n  jcode sessions show 7f3a",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the sessions of this project, newest first",
				Description: "Examples:\n  jcode sessions list\n  jcode sessions list --all-projects --limit 5\n  jcode sessions list --json",
				Flags: []cli.Flag{
					jsonFlag(), allProjectsFlag(), text("limit", "", "N", "at most N"),
				},
				Action: c.sessionsList,
			},
			{
				Name: "show", Usage: "show one session", ArgsUsage: "[ID]",
				Description: sessionWords + " Without ID it is the newest.\n\nExamples:\n  jcode sessions show\n  jcode sessions show 7f3a --json\n  jcode sessions show parser --turns",
				Flags: []cli.Flag{
					jsonFlag(), allProjectsFlag(), yes("turns", "", "the calls of the model instead of what was said"),
				},
				Action: c.sessionsShow,
			},
			{
				Name: "rename", Usage: "give a session a name", ArgsUsage: "ID NAME",
				Description: "The id stays. A name has letters, digits, -, _ and . only; no other session of\nthe project has it. An empty one removes it.\n\n" +
					"Examples:\n  jcode sessions rename 7f3a parser\n  jcode sessions rename parser \"\"",
				Flags: []cli.Flag{allProjectsFlag()}, Action: c.sessionsRename,
			},
			{
				Name: "delete", Usage: "delete sessions with what belongs to them", ArgsUsage: "ID...",
				Description: "A session that a run is using stays.\n\nExamples:\n  jcode sessions delete 7f3a\n  jcode sessions delete parser 20260102",
				Flags:       []cli.Flag{allProjectsFlag()}, Action: c.sessionsDelete,
			},
			c.sessionsExportCommand(),
			{
				Name: "import", Usage: "make a session of one that was exported as JSON", ArgsUsage: "FILE",
				Description: "It becomes one of this project. FILE is - for stdin.\n\nExamples:\n  jcode sessions import talk.json\n  jcode run -r \"$(jcode sessions import talk.json)\" \"and then?\"",
				Action:      c.sessionsImport,
			},
			{
				Name: "path", Usage: "print the file of a session", ArgsUsage: "[ID]",
				Description: "One line of JSON for each thing that happened. Without ID it is the newest.\n\nExamples:\n  jcode sessions path\n  tail -f \"$(jcode sessions path 7f3a)\"",
				Flags:       []cli.Flag{allProjectsFlag(), jsonFlag()}, Action: c.sessionsPath,
			},
		},
	}
}

func allProjectsFlag() cli.Flag {
	return yes("all-projects", "", "the sessions of every folder")
}

// sessionRef is the session that the first argument names.
func sessionRef(flags *cli.Context, ref string) host.SessionRef {
	return host.SessionRef{Ref: ref, AllProjects: flags.Bool("all-projects")}
}

func (c *command) sessionsRename(flags *cli.Context) error {
	return c.withHost(flags, 2, 2, func(_ context.Context, h *host.Host) error {
		ref, name := flags.Args().Get(0), flags.Args().Get(1)
		if ref == "" {
			return usagef("jcode sessions list", "an empty session id")
		}
		id, err := h.RenameSession(sessionRef(flags, ref), name)
		if err != nil {
			return err
		}
		done := id + " is called " + name
		if name == "" {
			done = id + " has no name"
		}
		_, err = fmt.Fprintln(c.out, done)
		return err
	})
}

func (c *command) sessionsPath(flags *cli.Context) error {
	return c.withHost(flags, 0, 1, func(_ context.Context, h *host.Host) error {
		id, path, err := h.SessionPath(sessionRef(flags, flags.Args().First()))
		if err != nil {
			return err
		}
		if flags.Bool("json") {
			return c.printJSON(map[string]any{"schema": 1, "id": id, "path": path})
		}
		_, err = fmt.Fprintln(c.out, path)
		return err
	})
}

func (c *command) sessionsDelete(flags *cli.Context) error {
	return c.withHost(flags, 1, 1000, func(ctx context.Context, h *host.Host) error {
		for _, ref := range flags.Args().Slice() {
			if ref == "" {
				return usagef("jcode sessions list", "an empty session id")
			}
			id, err := h.DeleteSession(ctx, sessionRef(flags, ref))
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(c.out, "deleted "+id); err != nil {
				return err
			}
		}
		return nil
	})
}
