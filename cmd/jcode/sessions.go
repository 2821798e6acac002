package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
	"github.com/jcode-go/jcode/sdk"
)

type sessionRow struct {
	ID         string  `json:"id"`
	Title      string  `json:"title"`
	Project    string  `json:"project"`
	WorkingDir string  `json:"working_dir"`
	Path       string  `json:"path"`
	Bytes      int64   `json:"bytes"`
	Created    *string `json:"created"`
	Updated    *string `json:"updated"`
	Provider   string  `json:"provider"`
	Model      string  `json:"model"`
	Turns      int     `json:"turns"`
	Problem    *string `json:"problem"`
}

// sessionDocument is one whole session.
type sessionDocument struct {
	Schema int `json:"schema"`
	sessionRow
	ForkedFrom *string       `json:"forked_from"`
	Usage      *apiUsage     `json:"usage"`
	Todos      []host.Todo   `json:"todos"`
	Messages   []sdk.Message `json:"messages"`
}

func (c *command) sessionsCommand() *cli.Command {
	return &cli.Command{
		Name: "sessions", Usage: "the conversations that were kept",
		Description: "Examples:\n  jcode sessions list\n  jcode sessions show 7f3a",
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the sessions of this project, newest first",
				Description: "Examples:\n  jcode sessions list\n  jcode sessions list --all-projects --limit 5\n  jcode sessions list --json",
				Flags: []cli.Flag{
					jsonFlag(), yes("all-projects", "", "those of every folder"),
					text("limit", "", "N", "at most N"),
				},
				Action: c.sessionsList,
			},
			{
				Name: "show", Usage: "show one session", ArgsUsage: "[ID]",
				Description: "ID may be a prefix; without it the newest of this project is shown.\n\nExamples:\n  jcode sessions show\n  jcode sessions show 7f3a --json",
				Flags:       []cli.Flag{jsonFlag()}, Action: c.sessionsShow,
			},
			{
				Name: "export", Usage: "write one session to stdout", ArgsUsage: "[ID]",
				Description: "Examples:\n  jcode sessions export 7f3a > talk.md\n  jcode sessions export --format json 7f3a",
				Flags:       []cli.Flag{text("format", "", "FORM", "md or json")}, Action: c.sessionsExport,
			},
			{
				Name: "delete", Usage: "delete sessions with what belongs to them", ArgsUsage: "ID...",
				Description: "Examples:\n  jcode sessions delete 7f3a", Action: c.sessionsDelete,
			},
		},
	}
}

func (c *command) sessionsList(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	limit, err := positiveNumber(flags, "limit")
	if err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	sessions, err := h.Sessions(flags.Context, host.SessionFilter{AllProjects: flags.Bool("all-projects"), Limit: limit})
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		rows := make([]sessionRow, 0, len(sessions))
		for _, s := range sessions {
			rows = append(rows, sessionRowOf(s))
		}
		return c.printJSON(document("sessions", rows))
	}
	if len(sessions) == 0 {
		_, err := fmt.Fprintln(c.err, "no sessions of this project; --all-projects lists the others")
		return err
	}
	rows := make([][]string, 0, len(sessions))
	for _, s := range sessions {
		title := s.Title
		if s.Problem != "" {
			title = "unreadable: " + s.Problem
		}
		rows = append(rows, []string{
			s.ID, s.Updated.Local().Format("2006-01-02 15:04"), fmt.Sprint(s.Turns), s.Model, fit(oneLine(title), 60),
		})
	}
	return c.table([]string{"ID", "UPDATED", "TURNS", "MODEL", "TITLE"}, rows)
}

func sessionRowOf(s host.SessionSummary) sessionRow {
	return sessionRow{
		s.ID, s.Title, s.Project, s.WorkingDir, s.Path, s.Bytes, timeOrNull(s.Created),
		timeOrNull(s.Updated), s.Provider, s.Model, s.Turns, orNull(s.Problem),
	}
}

func (c *command) sessionsShow(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 1); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	session, err := h.Session(flags.Context, flags.Args().First())
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(sessionDocument{
			1,
			sessionRow{
				session.ID, session.Title, session.Project, session.WorkingDir, session.Path, session.Bytes,
				timeOrNull(session.Created), timeOrNull(session.Updated), session.Provider, session.Model,
				session.Turns, orNull(session.Problem),
			},
			orNull(session.ForkedFrom),
			usageOf(session.Usage), orEmpty(session.Todos), orEmpty(session.Messages),
		})
	}
	return c.printSession(session)
}

// printSession shows a conversation for reading.
func (c *command) printSession(s *host.Session) error {
	p := c.paint(c.outTerminal)
	var out strings.Builder
	fmt.Fprintf(&out, "%s\n", p.dim(fmt.Sprintf("session %s, %s, %s, %s",
		s.ID, s.Updated.Local().Format(time.DateTime), s.Provider, s.Model)))
	for _, message := range s.Messages {
		for _, block := range message.Blocks {
			c.printBlock(&out, p, message.Role, block)
		}
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

func (c *command) printBlock(out *strings.Builder, p paint, role sdk.Role, block sdk.Block) {
	show := func(text string) string {
		if c.outTerminal {
			return cleanText(text)
		}
		return text
	}
	switch b := block.(type) {
	case sdk.Text:
		who := p.bold("assistant:")
		if role == sdk.RoleUser {
			who = p.bold("user:")
		}
		fmt.Fprintf(out, "\n%s\n%s\n", who, strings.TrimRight(show(b.Text), "\n"))
	case sdk.ToolCall:
		fmt.Fprintf(out, "\n%s %s\n", p.cyan("tool "+oneLine(b.Name)+":"), oneLine(string(b.Input)))
	case sdk.ToolResult:
		for _, content := range b.Content {
			if t, ok := content.(sdk.Text); ok {
				fmt.Fprintln(out, p.dim(strings.TrimRight(show(t.Text), "\n")))
			}
		}
	case sdk.NativeTool:
		fmt.Fprintf(out, "\n%s %s\n%s\n", p.cyan("tool "+oneLine(b.Name)+":"), oneLine(string(b.Input)),
			p.dim(strings.TrimRight(show(b.Output), "\n")))
	case sdk.Image:
		fmt.Fprintf(out, "\n%s\n", p.dim(fmt.Sprintf("[%s, %s]", oneLine(b.MediaType), shortSize(int64(len(b.Data))))))
	case sdk.Thinking:
	}
}

func (c *command) sessionsExport(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 1); err != nil {
		return err
	}
	format := host.ExportMarkdown
	if flags.IsSet("format") {
		if err := oneOf("format", flags.String("format"), "md", "json"); err != nil {
			return err
		}
		format = host.ExportFormat(flags.String("format"))
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	return h.ExportSession(flags.Context, c.out, flags.Args().First(), format)
}

func (c *command) sessionsDelete(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1000); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	for _, ref := range flags.Args().Slice() {
		if ref == "" {
			return usagef("jcode sessions list", "an empty session id")
		}
		id, err := h.DeleteSession(flags.Context, ref)
		if err != nil {
			return err
		}
		if _, err := fmt.Fprintln(c.out, "deleted "+id); err != nil {
			return err
		}
	}
	return nil
}
