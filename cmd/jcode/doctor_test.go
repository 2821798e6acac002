package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host"
)

func TestDoctorSaysWhomItWaitsFor(t *testing.T) {
	t.Parallel()
	for name, terminal := range map[string]bool{"pipe": false, "terminal": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			c := &command{process: &process{out: &out, err: &err, errTerminal: terminal, env: map[string]string{}}}
			s := c.newDoctorScreen(false, false)
			s.tick(s.started.Add(waitTold)) // nobody is waited for
			s.wait("acme", "starting")
			s.wait("zeta", "starting")
			s.wait("zeta", "checking itself")
			s.wait("acme", "")
			if !terminal {
				s.tick(s.started.Add(waitTold - time.Millisecond))
			}
			if err.Len() > 0 {
				t.Fatalf("too early: %q", err.String())
			}
			s.tick(s.started.Add(waitTold))
			s.tick(s.started.Add(waitTold))
			want := "jcode: doctor: still waiting for zeta (checking itself)\n"
			if terminal {
				want = "\r\x1b[K\x1b[2mwaiting for zeta (checking itself), 2.0 s\x1b[0m"
			}
			if err.String() != want {
				t.Errorf("%q, want %q", err.String(), want)
			}
			s.report(host.DoctorReport{Name: "acme", Checks: []host.DoctorCheck{
				{ID: "a", Status: host.CheckOK, Detail: "fine"},
				{ID: "bcd", Status: host.CheckWarn, Detail: "hm", Remedy: "mend it"},
				{ID: "e", Status: host.CheckFail, Detail: "no", Remedy: "mend it"},
			}})
			if want := "acme\n  ok   a    fine\n  warn bcd  hm\n      try: mend it\n  FAIL e    no\n"; out.String() != want {
				t.Errorf("%q, want %q", out.String(), want)
			}
			if terminal && !strings.HasSuffix(err.String(), "\r\x1b[K") {
				t.Errorf("the line was not cleared: %q", err.String())
			}
		})
	}
}

func TestDoctorFoldsWhoIsIdle(t *testing.T) {
	t.Parallel()
	reports := []host.DoctorReport{
		{Group: host.GroupProvider, Name: "acme", Checks: []host.DoctorCheck{{ID: "a", Status: host.CheckOK, Detail: "fine"}}},
		{Group: host.GroupProvider, Name: "idle", Unused: true, Idle: "no key", Checks: []host.DoctorCheck{{ID: "a", Status: host.CheckWarn, Detail: "no key"}}},
		{Group: host.GroupProvider, Name: "old", Unused: true, Checks: []host.DoctorCheck{{ID: "a", Status: host.CheckWarn, Detail: "expired"}}},
		{Group: host.GroupProvider, Name: "zeta", Unused: true, Idle: "no program", Checks: []host.DoctorCheck{{ID: "a", Status: host.CheckWarn, Detail: "no program"}}},
		{Group: host.GroupChoice, Name: "choice", Checks: []host.DoctorCheck{{ID: "a", Status: host.CheckOK, Detail: "acme"}}},
	}
	tests := map[string]struct {
		all, quiet bool
		want       string
	}{
		"folded": {want: "acme\n  ok   a  fine\nold (not in use)\n  warn a  expired\n" +
			"not in use (jcode doctor --all shows their checks)\n  - idle  no key\n  - zeta  no program\nchoice\n  ok   a  acme\n"},
		"all": {all: true, want: "acme\n  ok   a  fine\nidle (not in use)\n  warn a  no key\nold (not in use)\n  warn a  expired\n" +
			"zeta (not in use)\n  warn a  no program\nchoice\n  ok   a  acme\n"},
		"quiet": {quiet: true, want: "old (not in use)\n  warn a  expired\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out, err bytes.Buffer
			c := &command{process: &process{out: &out, err: &err, env: map[string]string{}}}
			if test.quiet {
				flag("quiet")(c)
			}
			s := c.newDoctorScreen(false, test.all)
			for _, report := range reports {
				s.report(report)
			}
			if out.String() != test.want {
				t.Errorf("%s, want\n%s", out.String(), test.want)
			}
		})
	}
}

func TestDoctorBreaksLinesBetweenWords(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	c := &command{process: &process{out: &out, err: &bytes.Buffer{}, outTerminal: true, env: map[string]string{"NO_COLOR": "1", "LANG": "C.UTF-8"}}}
	words := strings.TrimSpace(strings.Repeat("considerable ", 12))
	c.newDoctorScreen(false, false).report(host.DoctorReport{Name: "acme", Checks: []host.DoctorCheck{
		{ID: "check", Status: host.CheckWarn, Detail: words, Remedy: words},
	}})
	for line := range strings.Lines(out.String()) {
		if cells(strings.TrimSuffix(line, "\n")) > c.width() || !strings.HasSuffix(line, "considerable\n") && line != "acme\n" {
			t.Errorf("a word is broken: %q", line)
		}
	}
	if !strings.Contains(out.String(), "\n"+strings.Repeat(" ", len("  ! check  "))+"considerable") {
		t.Errorf("the second line is not below the first:\n%s", out.String())
	}
}
