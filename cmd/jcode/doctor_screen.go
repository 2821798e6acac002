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
	// idle are the providers that get one line each, unless all is to be shown.
	all   bool
	idle  [][2]string
	folds int
	err   error
}

type waitingFor struct{ name, doing string }

func (c *command) newDoctorScreen(asJSON, all bool) *doctorScreen {
	s := &doctorScreen{c: c, json: asJSON, all: all, started: time.Now(), counts: map[host.CheckStatus]int{}}
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

// report prints one report, unless all will be printed as JSON. A provider that is
// not in use waits for the last of the providers.
func (s *doctorScreen) report(report host.DoctorReport) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.json || s.err != nil {
		return
	}
	if report.Idle != "" && !s.all {
		if s.c.inv.count("quiet") == 0 {
			s.idle = append(s.idle, [2]string{oneLine(report.Name), oneLine(report.Idle)})
		}
		return
	}
	text := s.text(report)
	if report.Group == host.GroupChoice {
		text = s.folded() + text
	}
	s.write(text)
}

func (s *doctorScreen) write(text string) {
	s.status.clear()
	_, s.err = io.WriteString(s.c.out, text)
}

// folded are the providers that are not in use, one line each, whatever its length.
func (s *doctorScreen) folded() string {
	if len(s.idle) == 0 {
		return ""
	}
	p := s.c.paint(s.c.outTerminal)
	width := 0
	for _, row := range s.idle {
		width = max(width, cells(row[0]))
	}
	var out strings.Builder
	out.WriteString(p.bold("not in use") + " (jcode doctor --all shows their checks)\n")
	for _, row := range s.idle {
		line := "  - " + row[0] + strings.Repeat(" ", width-cells(row[0])) + "  " + row[1]
		if s.c.outTerminal {
			line = fit(line, s.c.width())
		}
		out.WriteString(line + "\n")
	}
	s.folds += len(s.idle)
	s.idle = nil
	return out.String()
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
		sign, signWidth := s.mark(p, check.Status)
		out.WriteString("  " + sign + " " + id + strings.Repeat(" ", width-cells(id)+2))
		out.WriteString(s.c.broken(oneLine(check.Detail), signWidth+width+5))
		if check.Status != host.CheckOK && check.Remedy != "" && !told[check.Remedy] {
			told[check.Remedy] = true
			out.WriteString("      try: " + s.c.broken(oneLine(check.Remedy), len("      try: ")))
		}
	}
	if out.Len() == 0 {
		return ""
	}
	return p.bold(name) + "\n" + out.String()
}

// mark is the sign of a status, and how many columns it takes.
func (s *doctorScreen) mark(p paint, status host.CheckStatus) (sign string, width int) {
	signs := map[host.CheckStatus]string{host.CheckOK: "ok  ", host.CheckWarn: "warn", host.CheckFail: "FAIL"}
	if s.c.outTerminal && speaksUTF8(s.c.env) {
		signs = map[host.CheckStatus]string{host.CheckOK: "✓", host.CheckWarn: "!", host.CheckFail: "✗"}
	}
	width = cells(signs[status])
	switch status {
	case host.CheckOK:
		return p.green(signs[status]), width
	case host.CheckWarn:
		return p.yellow(signs[status]), width
	case host.CheckFail:
	}
	return p.red(signs[host.CheckFail]), width
}

// summary is the last line.
func (s *doctorScreen) summary() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || s.c.inv.count("quiet") > 0 {
		return s.err
	}
	n := s.counts
	text := fmt.Sprintf("%d checks: %d ok, %d to know, %d failed, in %s",
		n[host.CheckOK]+n[host.CheckWarn]+n[host.CheckFail], n[host.CheckOK], n[host.CheckWarn], n[host.CheckFail], shortDuration(time.Since(s.started)))
	if s.folds > 0 {
		text += fmt.Sprintf("; not in use: %d", s.folds)
	}
	_, err := io.WriteString(s.c.out, text+"\n")
	return err
}
