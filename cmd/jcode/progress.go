package main

import (
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host"
)

// progressBar shows how far a download is: a bar on a terminal, else a line when
// it begins and one when it ends.
type progressBar struct {
	c    *command
	mu   sync.Mutex
	text string
	last time.Time
	// drawn says that the bar is on the screen.
	drawn bool
}

// redraw is how often the bar is drawn at most.
const redraw = 100 * time.Millisecond

func (c *command) newProgressBar() *progressBar { return &progressBar{c: c} }

func (b *progressBar) show(p host.InstallProgress) {
	if b.c.inv.count("quiet") > 0 {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !b.c.errTerminal || b.c.env["TERM"] == "dumb" {
		b.plain(p)
		return
	}
	now := time.Now()
	if now.Sub(b.last) < redraw && !p.Finished {
		return
	}
	b.last = now
	if p.Finished {
		b.erase()
		_, _ = fmt.Fprintln(b.c.err, oneLine(p.Text)+done(p))
		return
	}
	_, _ = fmt.Fprint(b.c.err, "\r\x1b[K"+barLine(p, b.c.width()))
	b.drawn = true
}

func (b *progressBar) plain(p host.InstallProgress) {
	switch {
	case p.Finished:
		_, _ = fmt.Fprintln(b.c.err, oneLine(p.Text)+": done"+done(p))
	case p.Text != b.text:
		_, _ = fmt.Fprintln(b.c.err, oneLine(p.Text))
	}
	b.text = p.Text
}

func done(p host.InstallProgress) string {
	if p.Done == 0 {
		return ""
	}
	return ", " + megabytes(p.Done)
}

// barLine is "download x [=====     ] 12.3 of 25.0 MB".
func barLine(p host.InstallProgress, width int) string {
	const cellsOfBar = 20
	text := oneLine(p.Text)
	switch {
	case p.Done == 0:
		text += " …"
	case p.Total == 0:
		text += " " + megabytes(p.Done)
	default:
		filled := int(min(p.Done, p.Total) * cellsOfBar / p.Total)
		text += " [" + strings.Repeat("=", filled) + strings.Repeat(" ", cellsOfBar-filled) + "] " +
			fmt.Sprintf("%.1f of %s", float64(p.Done)/1e6, megabytes(p.Total))
	}
	if runes := []rune(text); len(runes) >= width {
		return string(runes[:max(width-1, 0)])
	}
	return text
}

func megabytes(n int64) string { return fmt.Sprintf("%.1f MB", float64(n)/1e6) }

// clear takes the bar from the screen.
func (b *progressBar) clear() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.erase()
}

func (b *progressBar) erase() {
	if b.drawn {
		_, _ = fmt.Fprint(b.c.err, "\r\x1b[K")
	}
	b.drawn = false
}
