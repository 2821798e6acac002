package main

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

type doctorRow struct {
	Name   string     `json:"name"`
	TookMS int64      `json:"took_ms"`
	Unused bool       `json:"unused"`
	Checks []checkRow `json:"checks"`
}

type checkRow struct {
	ID     string `json:"id"`
	OK     bool   `json:"ok"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

// errUnhealthy says that a check of the doctor failed; the checks are printed.
var errUnhealthy = errors.New("doctor: something needs attention, see above")

func (c *command) doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check that everything is in order",
		Description: `Checks jcode itself, then each plugin, or only the named one. The exit code is
1 when a check fails, but for experimental providers that are neither named nor
in your settings.

Examples:
  jcode doctor
  jcode doctor --provider NAME
  jcode doctor --json`,
		Flags: []cli.Flag{jsonFlag()}, Action: c.doctorAction,
	}
}

func (c *command) doctorAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	reports, err := h.Doctor(flags.Context, flags.String("provider"))
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		err = c.printJSON(document("reports", doctorRows(reports)))
	} else {
		err = c.printDoctor(reports)
	}
	if err == nil && !healthy(reports) {
		return errUnhealthy
	}
	return err
}

func (c *command) printDoctor(reports []host.DoctorReport) error {
	p := c.paint(c.outTerminal)
	m := chooseMarks(c.outTerminal && speaksUTF8(c.env))
	var out strings.Builder
	for _, report := range reports {
		name := oneLine(report.Name)
		if report.Unused {
			name += " (experimental, not in use)"
		}
		fmt.Fprintf(&out, "%s\n", p.bold(name))
		for _, check := range report.Checks {
			mark := p.green(m.ok)
			if !check.OK {
				mark = p.red(m.failed)
			}
			fmt.Fprintf(&out, "  %s %s: %s\n", mark, oneLine(check.ID), oneLine(check.Detail))
			if !check.OK && check.Remedy != "" {
				fmt.Fprintf(&out, "      try: %s\n", oneLine(check.Remedy))
			}
		}
	}
	_, err := io.WriteString(c.out, out.String())
	return err
}

func healthy(reports []host.DoctorReport) bool {
	for _, report := range reports {
		for _, check := range report.Checks {
			if !check.OK && !report.Unused {
				return false
			}
		}
	}
	return true
}

func doctorRows(reports []host.DoctorReport) []doctorRow {
	rows := make([]doctorRow, 0, len(reports))
	for _, r := range reports {
		row := doctorRow{r.Name, r.Took.Milliseconds(), r.Unused, []checkRow{}}
		for _, check := range r.Checks {
			row.Checks = append(row.Checks, checkRow(check))
		}
		rows = append(rows, row)
	}
	return rows
}
