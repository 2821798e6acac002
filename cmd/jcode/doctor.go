package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// errUnhealthy says that a check of the doctor failed; the checks are printed.
var errUnhealthy = errors.New("doctor: something needs attention, see above")

const doctorHelp = `Looks at jcode itself, its files and locks, the network's variables, and at
each provider: whether its plugin is what was installed and starts, its login,
and what it checks itself. All of them are asked at the same time.

Only the providers' own checks make requests, each to its own vendor; --offline
leaves them out. Nothing is changed, but for what any run would do too: the
folder of jcode is made, and what crashed runs left in it is removed.

A provider that is not logged in, and that you neither named nor set, takes one
line; --all (or --verbose) shows its checks too, and --json has them always.

The exit code is 1 when a check fails. A warning leaves it 0, and so does what
a provider lacks that you do not use.

Examples:
  jcode doctor
  jcode doctor --all
  jcode doctor --offline
  jcode doctor --provider NAME --timeout 30s
  jcode doctor --json | jq '.reports[].checks[] | select(.status != "ok")'`

func (c *command) doctorCommand() *cli.Command {
	return &cli.Command{
		Name: "doctor", Usage: "check that everything is in order",
		Description: doctorHelp,
		Flags: []cli.Flag{
			jsonFlag(),
			yes("all", "", "show the checks of providers that are not in use, too"),
			yes("offline", "", "make no request"),
			text("timeout", "", "TIME", "how long each provider may take; 10s"),
		},
		Action: c.doctorAction,
	}
}

func (c *command) doctorAction(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	limit, err := positiveTime(flags, "timeout")
	if err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	screen := c.newDoctorScreen(flags.Bool("json"), flags.Bool("all") || c.inv.count("verbose") > 0)
	stop := screen.start()
	reports, err := h.Doctor(flags.Context, host.DoctorOptions{
		Provider: flags.String("provider"), Offline: flags.Bool("offline"), Limit: limit,
		TryLock: c.tryLockElsewhere, OnReport: screen.report, OnWait: screen.wait,
	})
	stop()
	if err != nil {
		return err
	}
	// The terminal is of this program, not of the host.
	if flags.Bool("json") {
		err = c.printJSON(c.doctorDocument(reports))
	} else {
		err = screen.summary()
	}
	if err == nil && worst(reports) == host.CheckFail {
		return errUnhealthy
	}
	return err
}

// positiveTime is 0 without the flag.
func positiveTime(flags *cli.Context, name string) (time.Duration, error) {
	if !flags.IsSet(name) {
		return 0, nil
	}
	d, err := parseTime(flags.String(name))
	if err != nil || d <= 0 {
		return 0, &usageError{what: "flag --" + name, why: quote(flags.String(name)) + " is no time such as 90s or 10m"}
	}
	return d, nil
}

type doctorRow struct {
	Group  string     `json:"group"`
	Name   string     `json:"name"`
	Status string     `json:"status"`
	TookMS int64      `json:"took_ms"`
	Unused bool       `json:"unused"`
	Checks []checkRow `json:"checks"`
}

type checkRow struct {
	ID     string `json:"id"`
	Status string `json:"status"`
	Detail string `json:"detail"`
	Remedy string `json:"remedy"`
}

// doctorDocument is {"schema": 1, "status": …, "reports": […]}.
func (c *command) doctorDocument(reports []host.DoctorReport) map[string]any {
	rows := make([]doctorRow, 0, len(reports))
	for _, r := range reports {
		row := doctorRow{r.Group, r.Name, string(r.Status()), r.Took.Milliseconds(), r.Unused, []checkRow{}}
		for _, check := range c.withTerminal(r) {
			row.Checks = append(row.Checks, checkRow{check.ID, string(check.Status), check.Detail, check.Remedy})
		}
		rows = append(rows, row)
	}
	whole := document("reports", rows)
	whole["status"] = string(worst(reports))
	return whole
}

func worst(reports []host.DoctorReport) host.CheckStatus {
	status := host.CheckOK
	for _, report := range reports {
		switch report.Status() {
		case host.CheckFail:
			return host.CheckFail
		case host.CheckWarn:
			status = host.CheckWarn
		case host.CheckOK:
		}
	}
	return status
}

// withTerminal adds what only this program knows to the report on jcode itself.
func (c *command) withTerminal(report host.DoctorReport) []host.DoctorCheck {
	if report.Group != host.GroupHost {
		return report.Checks
	}
	detail := "none: questions are not asked, and nothing waits for an answer"
	if c.interactive() {
		detail = fmt.Sprintf("TERM=%s, %d columns, %s, %s", c.env["TERM"], c.width(),
			either(speaksUTF8(c.env), "UTF-8", "no UTF-8"), either(c.paint(c.outTerminal).on, "colours", "no colours"))
	}
	return append(report.Checks, host.DoctorCheck{ID: "terminal", Status: host.CheckOK, Detail: detail})
}

func either(is bool, yes, no string) string {
	if is {
		return yes
	}
	return no
}
