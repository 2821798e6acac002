//go:build unix

package guard

import (
	"time"

	"github.com/jcode-go/jcode/sdk/pagetrim"
)

// A guardian may wait for hours, and there may be several. It gives back what
// starting up took soon after its start, and what work took a while after it. Many
// short commands in a row do not put it off.

// trimSoon has the guardian trimmed after the work that begins now.
func (g *guardian) trimSoon() {
	if g.trimAt.IsZero() {
		g.trimAt = time.Now().Add(trimAgain)
	}
	g.schedule()
}

func (g *guardian) trim() {
	g.trimAt = time.Time{}
	// No debug.FreeOSMemory: the collector's own structures, half a megabyte, are
	// more than it would find.
	pagetrim.Trim()
}
