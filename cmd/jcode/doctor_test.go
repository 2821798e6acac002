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
			s := c.newDoctorScreen(false)
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
