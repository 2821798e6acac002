package main

import (
	"encoding/xml"
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

// The JUnit form that CI systems read.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Time     string      `xml:"time,attr"`
		Cases    []junitCase `xml:"testcase"`

		took time.Duration
	}
	junitCase struct {
		Name    string     `xml:"name,attr"`
		Class   string     `xml:"classname,attr"`
		Time    string     `xml:"time,attr"`
		Failure *junitText `xml:"failure,omitempty"`
		Skipped *junitText `xml:"skipped,omitempty"`
	}
	junitText struct {
		Message string `xml:"message,attr"`
		Text    string `xml:",chardata"`
	}
)

// writeJUnit writes the report, one test suite for each suite.
func writeJUnit(file, program string, report host.ConformanceReport) error {
	var all junitSuites
	for _, o := range report.Outcomes {
		name := program + " " + string(o.Suite)
		if n := len(all.Suites); n == 0 || all.Suites[n-1].Name != name {
			all.Suites = append(all.Suites, junitSuite{Name: name})
		}
		all.Suites[len(all.Suites)-1].add(o)
	}
	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return os.WriteFile(file, append([]byte(xml.Header), append(text, '\n')...), 0o644) //nolint:gosec // a report is for everybody
}

func (s *junitSuite) add(o host.ConformanceOutcome) {
	one := junitCase{Name: o.ID, Class: s.Name, Time: fmt.Sprintf("%.3f", o.Took.Seconds())}
	switch conformanceResult(o) {
	case "fail":
		s.Failures++
		one.Failure = &junitText{Message: oneLine(o.Failures[0]), Text: strings.Join(o.Failures, "\n") + "\nrule: " + o.Proves + "\n"}
	case "skip":
		s.Skipped++
		one.Skipped = &junitText{Message: oneLine(o.Skipped)}
	}
	s.Tests++
	s.Cases = append(s.Cases, one)
	s.took += o.Took
	s.Time = fmt.Sprintf("%.3f", s.took.Seconds())
}
