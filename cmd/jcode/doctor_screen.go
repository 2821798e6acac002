package main

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host"
)

// waitTold is after how long the doctor says whom it waits for, where no terminal
// shows it all the time.
const waitTold = 2 * time.Second

// doctorScreen prints reports as they come, and says what is waited for.
type doctorScreen struct {
	c       *command
	json    bool
	mu      sync.Mutex
	status  statusLine
	started time.Time
	// waiting are the providers that have not answered, in the order of asking.
	waiting []waitingFor
	told    bool
	counts  map[host.CheckStatus]int
	err     error
}

type waitingFor struct{ name, doing string }

func (c *command) newDoctorScreen(asJSON bool) *doctorScreen {
	s := &doctorScreen{c: c, json: asJSON, started: time.Now(), counts: map[host.CheckStatus]int{}}
	s.status = statusLine{w: c.err, width: c.width, on: c.errTerminal && c.inv.count("quiet") == 0 && c.env["TERM"] != "dumb"}
	return s
}

// start begins to show what is waited for; the returned function ends it.
func (s *doctorScreen) start() (stop func()) {
	done, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(tickEvery)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case now := <-ticker.C:
				s.tick(now)
			}
		}
	}()
	return func() {
		close(done)
		<-stopped
		s.mu.Lock()
		defer s.mu.Unlock()
		s.status.set(nil)
	}
}

func (s *doctorScreen) tick(now time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.waiting) == 0 {
		s.status.set(nil)
		return
	}
	text := "waiting for " + s.names()
	if s.status.on {
		s.status.set(func(now time.Time) string { return text + ", " + shortDuration(now.Sub(s.started)) })
		s.status.paint(now, s.c.paint(true))
		return
	}
	if !s.told && now.Sub(s.started) >= waitTold && s.c.inv.count("quiet") == 0 {
		s.told = true
		_, _ = fmt.Fprintln(s.c.err, programName+": doctor: still "+text)
	}
}

// names is "acme (starting), zeta (checking itself)".
func (s *doctorScreen) names() string {
	parts := make([]string, 0, len(s.waiting))
	for _, w := range s.waiting {
		parts = append(parts, oneLine(w.name+" ("+w.doing+")"))
	}
	return strings.Join(parts, ", ")
}

// wait notes what a provider is doing; an empty doing means that it is done.
func (s *doctorScreen) wait(name, doing string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := slices.IndexFunc(s.waiting, func(w waitingFor) bool { return w.name == name })
	switch {
	case at < 0:
		s.waiting = append(s.waiting, waitingFor{name, doing})
	case doing == "":
		s.waiting = slices.Delete(s.waiting, at, at+1)
	default:
		s.waiting[at].doing = doing
	}
}

// report prints one report, unless all will be printed as JSON.
func (s *doctorScreen) report(report host.DoctorReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.json || s.err != nil {
		return
	}
	s.status.clear()
	_, s.err = io.WriteString(s.c.out, s.text(report))
}

func (s *doctorScreen) text(report host.DoctorReport) string {
	p := s.c.paint(s.c.outTerminal)
	checks := s.c.withTerminal(report)
	width := 0
	for _, check := range checks {
		width = max(width, cells(oneLine(check.ID)))
	}
	name := oneLine(report.Name)
	if report.Unused {
		name += " (not in use)"
	}
	var out strings.Builder
	told := map[string]bool{}
	for _, check := range checks {
		s.counts[check.Status]++
		if check.Status == host.CheckOK && s.c.inv.count("quiet") > 0 {
			continue
		}
		id := oneLine(check.ID)
		fmt.Fprintf(&out, "  %s %s%s  %s\n", s.mark(p, check.Status), id, strings.Repeat(" ", width-cells(id)), oneLine(check.Detail))
		if check.Status != host.CheckOK && check.Remedy != "" && !told[check.Remedy] {
			told[check.Remedy] = true
			fmt.Fprintf(&out, "      try: %s\n", oneLine(check.Remedy))
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return p.bold(name) + "\n" + out.String()
}

func (s *doctorScreen) mark(p paint, status host.CheckStatus) string {
	unicode := s.c.outTerminal && speaksUTF8(s.c.env)
	signs := map[host.CheckStatus]string{host.CheckOK: "ok  ", host.CheckWarn: "warn", host.CheckFail: "FAIL"}
	if unicode {
		signs = map[host.CheckStatus]string{host.CheckOK: "✓", host.CheckWarn: "!", host.CheckFail: "✗"}
	}
	switch status {
	case host.CheckOK:
		return p.green(signs[status])
	case host.CheckWarn:
		return p.yellow(signs[status])
	case host.CheckFail:
	}
	return p.red(signs[host.CheckFail])
}

// summary is the last line.
func (s *doctorScreen) summary() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.c.inv.count("quiet") > 0 {
		return s.err
	}
	n := s.counts
	_, err := fmt.Fprintf(s.c.out, "%d checks: %d ok, %d to know, %d failed, in %s\n",
		n[host.CheckOK]+n[host.CheckWarn]+n[host.CheckFail], n[host.CheckOK], n[host.CheckWarn], n[host.CheckFail], shortDuration(time.Since(s.started)))
	return err
}
