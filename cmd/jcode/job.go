package main

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

const jobHelp = `For shell commands that the model runs: they find their run by the variable
` + host.JobSocketVariable + `. Elsewhere there are no jobs to speak of. JCODE_EXE is the
path of jcode there, for a PATH that does not have it.

Examples:
  jcode job list
  jcode job wait job-1 --timeout 60s
  jcode job kill job-1`

func (c *command) jobCommand() *cli.Command {
	return &cli.Command{
		Name: "job", Usage: "the background jobs of the run around this command", Description: jobHelp,
		Subcommands: []*cli.Command{
			{
				Name: "list", Usage: "list the jobs of this run, ended ones too",
				Description: "Examples:\n  jcode job list\n  jcode job list --json",
				Flags:       []cli.Flag{jsonFlag()}, Action: c.jobList,
			},
			{
				Name: "wait", Usage: "wait until jobs have ended", ArgsUsage: "[JOB...]",
				Description: "Without JOB it waits for all of them. It succeeds however a job ended, which is\nwhat it prints; a time that is over is exit 124.\n\n" +
					"Examples:\n  jcode job wait job-1\n  jcode job wait --timeout 60s\n  jcode job wait job-1 job-2 --json",
				Flags: []cli.Flag{
					text("timeout", "", "TIME", "wait no longer than TIME, as in 90s or 10m (exit 124)"), jsonFlag(),
				},
				Action: c.jobWait,
			},
			{
				Name: "kill", Usage: "end jobs with all that they started", ArgsUsage: "JOB...",
				Description: "They get SIGTERM first, and SIGKILL 2 s later.\n\nExamples:\n  jcode job kill job-1\n  jcode job kill job-1 job-2 --json",
				Flags:       []cli.Flag{jsonFlag()}, Action: c.jobKill,
			},
		},
	}
}

func (c *command) jobSocket() string { return c.env[host.JobSocketVariable] }

func (c *command) jobList(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 0); err != nil {
		return err
	}
	jobs, err := host.Jobs(flags.Context, c.jobSocket())
	if err != nil {
		return err
	}
	if flags.Bool("json") {
		return c.printJSON(document("jobs", jobs))
	}
	if len(jobs) == 0 {
		_, err := fmt.Fprintln(c.err, "no background jobs in this run yet")
		return err
	}
	rows := make([][]string, 0, len(jobs))
	for _, job := range jobs {
		end := ""
		if job.State != host.JobRunning {
			end = jobEnd(job)
		}
		rows = append(rows, []string{
			job.ID, fmt.Sprint(job.PID), job.State, end, jobTime(job).String(), job.Log, fit(oneLine(job.Command), 60),
		})
	}
	return c.table([]string{"JOB", "PID", "STATE", "END", "TIME", "OUTPUT", "COMMAND"}, rows)
}

func (c *command) jobWait(flags *cli.Context) error {
	limit, err := jobTimeout(flags)
	if err != nil {
		return err
	}
	ids := flags.Args().Slice()
	if len(ids) == 0 {
		jobs, err := host.Jobs(flags.Context, c.jobSocket())
		if err != nil {
			return err
		}
		for _, job := range jobs {
			ids = append(ids, job.ID)
		}
	}
	began := time.Now()
	return c.eachJob(flags, ids, func(id string) (host.Job, error) {
		left := time.Duration(0)
		if limit > 0 {
			left = max(limit-time.Since(began), time.Millisecond)
		}
		job, err := host.WaitJob(flags.Context, c.jobSocket(), id, left)
		var over *host.JobTimeoutError
		if errors.As(err, &over) {
			err = &host.JobTimeoutError{ID: id, After: limit}
		}
		return job, err
	})
}

func jobTimeout(flags *cli.Context) (time.Duration, error) {
	if !flags.IsSet("timeout") {
		return 0, nil
	}
	value := flags.String("timeout")
	limit, err := parseTime(value)
	if err != nil || limit <= 0 {
		return 0, &usageError{what: "flag --timeout", why: quote(value) + " is no time such as 90s or 10m"}
	}
	return limit, nil
}

func (c *command) jobKill(flags *cli.Context) error {
	if err := wantArgs(flags, 1, 1000); err != nil {
		return err
	}
	return c.eachJob(flags, flags.Args().Slice(), func(id string) (host.Job, error) {
		return host.KillJob(flags.Context, c.jobSocket(), id)
	})
}

// eachJob asks about one job after the other and prints what became of them, also
// of those before one that failed.
func (c *command) eachJob(flags *cli.Context, ids []string, ask func(id string) (host.Job, error)) error {
	var jobs []host.Job
	var failed error
	for _, id := range ids {
		job, err := ask(id)
		if job.ID != "" {
			jobs = append(jobs, job)
		}
		if err != nil {
			failed = err
			break
		}
	}
	return errors.Join(failed, c.printJobs(flags.Bool("json"), jobs))
}

func (c *command) printJobs(asJSON bool, jobs []host.Job) error {
	if asJSON {
		return c.printJSON(document("jobs", jobs))
	}
	var out strings.Builder
	for _, job := range jobs {
		fmt.Fprintf(&out, "%s: %s · %s; output: %s\n", job.ID, jobEnd(job), jobTime(job), job.Log)
	}
	_, err := fmt.Fprint(c.out, out.String())
	return err
}

// jobEnd says how a job ended, or that it has not.
func jobEnd(job host.Job) string {
	end := host.JobRunning
	switch {
	case job.ExitCode != nil:
		end = fmt.Sprintf("exit %d", *job.ExitCode)
	case job.Signal != nil:
		end = "killed by " + *job.Signal
	}
	if job.Reason != nil {
		end += ", " + *job.Reason
	}
	return end
}

func jobTime(job host.Job) time.Duration {
	return time.Duration(job.Seconds * float64(time.Second)).Round(100 * time.Millisecond)
}
