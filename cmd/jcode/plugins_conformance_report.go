package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host"
)

// conformanceRow is a case in JSON. Result is "pass", "fail" or "skip"; in a list of
// cases it is missing.
type conformanceRow struct {
	ID       string   `json:"id"`
	Suite    string   `json:"suite"`
	Section  string   `json:"section"`
	Rule     string   `json:"rule"`
	Result   string   `json:"result,omitempty"`
	Failures []string `json:"failures,omitempty"`
	// Skipped says why it did not run; MissingFixture that the author can mend that.
	Skipped        string `json:"skipped,omitempty"`
	MissingFixture bool   `json:"missing_fixture,omitempty"`
	DurationMS     int64  `json:"duration_ms,omitempty"`
}

func conformanceJSON(program string, report host.ConformanceReport, n conformanceCounts) map[string]any {
	rows := make([]conformanceRow, 0, len(report.Outcomes))
	for _, o := range report.Outcomes {
		rows = append(rows, conformanceRow{
			ID: o.ID, Suite: string(o.Suite), Section: o.Section, Rule: o.Proves, Result: conformanceResult(o),
			Failures: o.Failures, Skipped: o.Skipped, MissingFixture: o.Missing, DurationMS: o.Took.Milliseconds(),
		})
	}
	out := document("cases", rows)
	out["program"], out["fixtures"], out["duration_ms"] = program, orNull(report.Fixtures), report.Took.Milliseconds()
	out["passed"], out["failed"], out["skipped"], out["missing_fixtures"] = n.passed, n.failed, n.skipped, n.missing
	return out
}

// writeJUnit writes the report in the form that CI systems read, one test suite for
// each suite. The standard encoder would cost every run of jcode its start.
func writeJUnit(file, program string, report host.ConformanceReport) error {
	var out strings.Builder
	out.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n<testsuites>\n")
	for rest := report.Outcomes; len(rest) > 0; {
		n := 1
		for n < len(rest) && rest[n].Suite == rest[0].Suite {
			n++
		}
		junitSuite(&out, program+" "+string(rest[0].Suite), rest[:n])
		rest = rest[n:]
	}
	out.WriteString("</testsuites>\n")
	if err := os.WriteFile(file, []byte(out.String()), 0o644); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	return nil
}

func junitSuite(out *strings.Builder, name string, outcomes []host.ConformanceOutcome) {
	n := countConformance(host.ConformanceReport{Outcomes: outcomes})
	var took time.Duration
	for _, o := range outcomes {
		took += o.Took
	}
	fmt.Fprintf(out, "  <testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" skipped=\"%d\" time=\"%.3f\">\n",
		xmlText(name), len(outcomes), n.failed, n.skipped, took.Seconds())
	for _, o := range outcomes {
		fmt.Fprintf(out, "    <testcase name=\"%s\" classname=\"%s\" time=\"%.3f\">", o.ID, xmlText(name), o.Took.Seconds())
		switch conformanceResult(o) {
		case "fail":
			text := strings.Join(o.Failures, "\n") + "\nrule: " + o.Proves
			fmt.Fprintf(out, "<failure message=\"%s\">%s</failure>", xmlText(o.Failures[0]), xmlText(text))
		case "skip":
			fmt.Fprintf(out, "<skipped message=\"%s\"></skipped>", xmlText(o.Skipped))
		}
		out.WriteString("</testcase>\n")
	}
	out.WriteString("  </testsuite>\n")
}

// xmlText makes text fit for XML, lines kept.
func xmlText(text string) string {
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		lines[i] = oneLine(line)
	}
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(strings.Join(lines, "\n"))
}
