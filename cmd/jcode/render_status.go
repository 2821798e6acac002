package main

import (
	"fmt"
	"io"
	"time"
)

// statusLine is the one line at the bottom of a terminal that is painted anew
// again and again. It must be cleared before anything else is written there.
type statusLine struct {
	w     io.Writer
	on    bool
	width func() int
	// text makes the line for a moment; nil shows nothing.
	text  func(now time.Time) string
	shown string
}

// set changes what is shown from the next tick on.
func (s *statusLine) set(text func(now time.Time) string) {
	s.text = text
	if text == nil {
		s.clear()
	}
}

// clear takes the line off the terminal.
func (s *statusLine) clear() {
	if s.shown == "" {
		return
	}
	s.shown = ""
	_, _ = io.WriteString(s.w, "\r\x1b[K")
}

// paint shows the line as it is now.
func (s *statusLine) paint(now time.Time, p paint) {
	if !s.on || s.text == nil {
		return
	}
	line := fit(s.text(now), s.width()-1)
	if line == s.shown {
		return
	}
	s.shown = line
	_, _ = io.WriteString(s.w, "\r\x1b[K"+p.dim(line))
}

// shortDuration is a duration for people: "0.4 s", "12 s", "3 min 5 s".
func shortDuration(d time.Duration) string {
	d = max(d, 0) // a moment of the clock may be older than what it is compared with
	switch {
	case d < 10*time.Second:
		return fmt.Sprintf("%.1f s", d.Seconds())
	case d < time.Minute:
		return fmt.Sprintf("%d s", int(d.Seconds()))
	case d < time.Hour:
		return fmt.Sprintf("%d min %d s", int(d.Minutes()), int(d.Seconds())%60)
	}
	return fmt.Sprintf("%d h %d min", int(d.Hours()), int(d.Minutes())%60)
}

// shortSize is a number of bytes for people.
func shortSize(n int64) string {
	switch {
	case n < 1<<10:
		return fmt.Sprintf("%d B", n)
	case n < 1<<20:
		return fmt.Sprintf("%.1f KB", float64(n)/(1<<10))
	case n < 1<<30:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
}
