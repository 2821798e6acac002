package main

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

type sessionRow struct {
	ID         string  `json:"id"`
	Name       *string `json:"name"`
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

func sessionRowOf(s host.SessionSummary) sessionRow {
	return sessionRow{
		s.ID, orNull(s.Name), s.Title, s.Project, s.WorkingDir, s.Path, s.Bytes, timeOrNull(s.Created),
		timeOrNull(s.Updated), s.Provider, s.Model, s.Turns, orNull(s.Problem),
	}
}

func (c *command) sessionsList(flags *cli.Context) error {
	limit, err := positiveNumber(flags, "limit")
	if err != nil {
		return err
	}
	return c.withHost(flags, 0, 0, func(ctx context.Context, h *host.Host) error {
		sessions, err := h.Sessions(ctx, host.SessionFilter{AllProjects: flags.Bool("all-projects"), Limit: limit})
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
		return c.sessionTable(sessions, flags.Bool("all-projects"))
	})
}

// sessionTable says of each session where it was begun when they are of all projects.
func (c *command) sessionTable(sessions []host.SessionSummary, allProjects bool) error {
	if len(sessions) == 0 {
		_, err := fmt.Fprintln(c.err, either(allProjects, "no sessions", "no sessions of this project; --all-projects lists the others"))
		return err
	}
	header := []string{"ID", "NAME", "WHEN", "TURNS", "MODEL", "PROVIDER", titleColumn}
	if allProjects {
		header = slices.Insert(header, len(header)-1, "FOLDER")
	}
	rows := make([][]string, 0, len(sessions))
	for _, s := range sessions {
		title := s.Title
		if s.Problem != "" {
			title = "unreadable: " + s.Problem
		}
		turns := ""
		if s.Turns > 0 {
			turns = fmt.Sprint(s.Turns)
		}
		row := []string{s.ID, s.Name, s.Updated.Local().Format("2006-01-02 15:04"), turns, s.Model, s.Provider, fit(oneLine(title), 60)}
		if allProjects {
			row = slices.Insert(row, len(row)-1, c.shortPath(s.WorkingDir))
		}
		rows = append(rows, row)
	}
	return c.tableWithin(header, rows, "PROVIDER", "MODEL", "TURNS")
}

// shortPath is a path for people: the home folder is "~".
func (c *command) shortPath(path string) string {
	home := c.env["HOME"]
	if rest, ok := strings.CutPrefix(path, home); ok && home != "" && (rest == "" || rest[0] == filepath.Separator) {
		return "~" + rest
	}
	return path
}
