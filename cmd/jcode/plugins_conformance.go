package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

func (c *command) pluginsTestCommand() *cli.Command {
	return &cli.Command{
		Name: "test", Usage: "run the conformance suite on a plugin program", ArgsUsage: "PROGRAM",
		Description: `Checks that a plugin, in whatever language, keeps the rules of the provider
protocol. Which prompts lead to which answers is said by a fixtures file:
conformance.json beside the program, unless --fixtures names another. Without
one, cases that need a vendor are skipped and say what to provide. The file
and the cases are described in docs/conformance.md.

The exit code is 1 when a case failed, with --strict also when one lacked its
fixture, and 8 when the program or its stand-in cannot be started.

Examples:
  jcode plugins test ./jcode-provider-acme
  jcode plugins test --fixtures testdata/conformance.json ./jcode-provider-acme
  jcode plugins test --suite core,login ./jcode-provider-acme
  jcode plugins test --case cancel_prompt -v ./jcode-provider-acme
  jcode plugins test --strict --junit report.xml ./jcode-provider-acme
  jcode plugins test --list`,
		Flags: []cli.Flag{
			jsonFlag(),
			text("fixtures", "", "FILE", "the fixtures file"),
			list("suite", "", "NAME", "only these suites: core, login, generate, faults"),
			list("case", "", "ID", "only these cases"),
			yes("list", "", "list the cases, run none"),
			yes("strict", "", "count a case without its fixture as failed"),
			text("junit", "", "FILE", "also write a JUnit report"),
			text("timeout", "", "TIME", "give up a case after this time (2m)"),
			text("slack", "", "N", "multiply all limits of time, for a busy machine"),
		},
		Action: c.pluginsTest,
	}
}

// conformanceFlags are the flags of `plugins test` as the host wants them.
func conformanceFlags(flags *cli.Context) (host.ConformanceTest, error) {
	t := host.ConformanceTest{
		Program: flags.Args().First(), Fixtures: flags.String("fixtures"),
		Suites: words(flags.StringSlice("suite")), Cases: words(flags.StringSlice("case")),
	}
	const try = programName + " help plugins test"
	if value := flags.String("slack"); value != "" {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > 1000 {
			return t, usagef(try, "--slack %s is no number from 1 to 1000", quote(value))
		}
		t.Slack = n
	}
	if value := flags.String("timeout"); value != "" {
		limit, err := time.ParseDuration(value)
		if err != nil || limit <= 0 {
			return t, usagef(try, "--timeout %s is no time such as 90s", quote(value))
		}
		t.Timeout = limit
	}
	return t, nil
}

// words splits values at commas.
func words(values []string) []string {
	var out []string
	for _, value := range values {
		for word := range strings.SplitSeq(value, ",") {
			if word = strings.TrimSpace(word); word != "" {
				out = append(out, word)
			}
		}
	}
	return out
}

func (c *command) pluginsTest(flags *cli.Context) error {
	if flags.Bool("list") {
		return c.listConformance(flags)
	}
	if err := wantArgs(flags, 1, 1); err != nil {
		return err
	}
	t, err := conformanceFlags(flags)
	if err != nil {
		return err
	}
	h, err := c.open(flags)
	if err != nil {
		return err
	}
	defer c.close(h)
	junit := flags.String("junit")
	if junit != "" { // before the cases take their time; and what an earlier run wrote is not this one's
		if err := writeJUnit(junit, t.Program, host.ConformanceReport{}); err != nil {
			return usagef(programName+" help plugins test", "%v", err)
		}
	}
	screen := &conformanceScreen{c: c, paint: c.paint(c.outTerminal), silent: flags.Bool("json"), strict: flags.Bool("strict")}
	t.Begin, t.End = screen.begin, screen.end
	if c.inv.count("verbose") > 0 {
		t.Log = c.err
	}
	report, err := h.TestPlugin(flags.Context, t)
	screen.erase()
	if err != nil {
		if junit != "" {
			_ = os.Remove(junit)
		}
		return err
	}
	if screen.strict {
		for i, outcome := range report.Outcomes {
			report.Outcomes[i] = strictly(outcome)
		}
	}
	return c.printConformance(flags, t, report)
}

// strictly is the outcome where a case that lacks its fixture counts as failed.
func strictly(outcome host.ConformanceOutcome) host.ConformanceOutcome {
	if outcome.Missing && outcome.Skipped != "" {
		outcome.Failures, outcome.Skipped = []string{outcome.Skipped}, ""
	}
	return outcome
}

func (c *command) printConformance(flags *cli.Context, t host.ConformanceTest, report host.ConformanceReport) error {
	counts := countConformance(report)
	var err error
	if flags.Bool("json") {
		err = c.printJSON(conformanceJSON(t.Program, report, counts))
	} else {
		_, err = fmt.Fprintln(c.out, counts.text(report))
	}
	if file := flags.String("junit"); file != "" {
		err = errors.Join(err, writeJUnit(file, t.Program, report))
	}
	if err == nil && counts.failed > 0 {
		return &conformanceError{program: t.Program, failed: counts.failed, of: len(report.Outcomes), first: counts.first}
	}
	return err
}

// conformanceError says that a plugin does not keep the rules (exit 1).
type conformanceError struct {
	program    string
	failed, of int
	// first is the first case that broke a rule; empty when all that failed lacked
	// their fixture.
	first string
}

func (e *conformanceError) Error() string {
	if e.first == "" {
		return fmt.Sprintf("test %s: %d of %d cases lacked a fixture", e.program, e.failed, e.of)
	}
	return fmt.Sprintf("test %s: %d of %d cases failed", e.program, e.failed, e.of)
}

// Hint is how to see one failure alone.
func (e *conformanceError) Hint() string {
	if e.first == "" {
		return "add to the fixtures file what the skipped cases name, or put it under \"without\""
	}
	return programName + " plugins test --case " + e.first + " -v " + e.program
}

type conformanceCounts struct {
	passed, failed, skipped, missing int
	// first is the first case that broke a rule.
	first string
}

func countConformance(report host.ConformanceReport) conformanceCounts {
	var n conformanceCounts
	for _, outcome := range report.Outcomes {
		if outcome.Missing {
			n.missing++
		}
		switch conformanceResult(outcome) {
		case "fail":
			if n.failed++; n.first == "" && !outcome.Missing {
				n.first = outcome.ID
			}
		case "skip":
			n.skipped++
		default:
			n.passed++
		}
	}
	return n
}

// text is the last line of the table.
func (n conformanceCounts) text(report host.ConformanceReport) string {
	line := fmt.Sprintf("%d passed, %d failed, %d skipped in %.1fs", n.passed, n.failed, n.skipped, report.Took.Seconds())
	if report.Fixtures == "" && n.missing > 0 {
		line += "; no fixtures file was given, see jcode help plugins test"
	}
	return line
}

func conformanceResult(outcome host.ConformanceOutcome) string {
	switch {
	case len(outcome.Failures) > 0:
		return "fail"
	case outcome.Skipped != "":
		return "skip"
	}
	return "pass"
}

func (c *command) listConformance(flags *cli.Context) error {
	if err := wantArgs(flags, 0, 1); err != nil {
		return err
	}
	cases, err := host.ConformanceCases(words(flags.StringSlice("suite")), words(flags.StringSlice("case")))
	if err != nil {
		return err
	}
	rows, table := make([]conformanceRow, 0, len(cases)), make([][]string, 0, len(cases))
	for _, one := range cases {
		rows = append(rows, conformanceRow{ID: one.ID, Suite: string(one.Suite), Section: one.Section, Rule: one.Proves})
		table = append(table, []string{one.ID, string(one.Suite), one.Section, one.Proves})
	}
	if flags.Bool("json") {
		return c.printJSON(document("cases", rows))
	}
	return c.table([]string{"CASE", "SUITE", "SECTION", "RULE"}, table)
}

// conformanceScreen shows cases as they come: what runs now on stderr, if that is
// a terminal, what came of it on stdout.
type conformanceScreen struct {
	c      *command
	paint  paint
	silent bool
	// strict counts a case that lacks its fixture as failed.
	strict bool
	drawn  bool
}

func (s *conformanceScreen) begin(one host.ConformanceCase, number, of int) {
	if !s.c.errTerminal || s.c.env["TERM"] == "dumb" || s.c.inv.count("quiet") > 0 {
		return
	}
	line := []rune(fmt.Sprintf("[%d/%d] %s …", number, of, one.ID))
	_, _ = fmt.Fprint(s.c.err, "\r\x1b[K"+string(line[:min(len(line), s.c.width()-1)]))
	s.drawn = true
}

func (s *conformanceScreen) erase() {
	if s.drawn {
		_, _ = fmt.Fprint(s.c.err, "\r\x1b[K")
	}
	s.drawn = false
}

func (s *conformanceScreen) end(outcome host.ConformanceOutcome) {
	s.erase()
	if s.silent {
		return
	}
	if s.strict {
		outcome = strictly(outcome)
	}
	result, verbose := conformanceResult(outcome), s.c.inv.count("verbose") > 0
	if s.c.inv.count("quiet") > 0 && result != "fail" {
		return
	}
	var out strings.Builder
	switch result {
	case "fail":
		out.WriteString(s.paint.red("FAIL") + "  " + outcome.ID + "\n")
		for _, failure := range outcome.Failures {
			out.WriteString("        " + oneLine(failure) + "\n")
		}
	case "skip":
		fmt.Fprintf(&out, "%s  %-19s  %s\n", s.paint.yellow("SKIP"), outcome.ID, oneLine(outcome.Skipped))
	default:
		fmt.Fprintf(&out, "%s  %-19s  %s\n", s.paint.green("PASS"), outcome.ID, s.paint.dim(outcome.Took.Round(time.Millisecond).String()))
	}
	if result == "fail" || verbose {
		out.WriteString("        rule: " + outcome.Proves + "\n")
		out.WriteString("        " + s.paint.dim("docs/plugin-protocol.md, "+outcome.Section) + "\n")
	}
	_, _ = io.WriteString(s.c.out, out.String()) // a reader that is gone is told by the last line
}
