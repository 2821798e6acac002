package main

import (
	"encoding/xml"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host"
)

// TestJUnitIsXML: a report is read back by the standard decoder, whatever a plugin
// has said.
func TestJUnitIsXML(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "report.xml")
	odd := "a <b> & \"c\" \x1b[31m\x00 \xff line"
	report := host.ConformanceReport{Outcomes: []host.ConformanceOutcome{
		{ID: "one", Suite: "core", Took: 1500 * time.Millisecond},
		{ID: "two", Suite: "core", Failures: []string{odd, "second"}, Proves: "<rule>"},
		{ID: "three", Suite: "login", Skipped: odd},
	}}
	if err := writeJUnit(file, "./a&b", report); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var read struct {
		Suites []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Time     string `xml:"time,attr"`
			Cases    []struct {
				Name    string  `xml:"name,attr"`
				Failure *string `xml:"failure"`
				Skipped *string `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(data, &read); err != nil {
		t.Fatalf("%v\n%s", err, data)
	}
	if len(read.Suites) != 2 || read.Suites[0].Tests != 2 || read.Suites[0].Failures != 1 || read.Suites[1].Skipped != 1 ||
		read.Suites[0].Name != "./a&b core" || read.Suites[0].Time != "1.500" {
		t.Fatalf("%+v", read)
	}
	cases := append(read.Suites[0].Cases, read.Suites[1].Cases...)
	if cases[0].Failure != nil || cases[1].Failure == nil || cases[2].Skipped == nil {
		t.Errorf("%+v", cases)
	}
}
