package pagetrim

import (
	"sync"
	"time"
)

// pauses are before the trims of Settle: after the start, while the answer to the
// first request is waited for, and when connections that are slow to build stand.
// None is in between: what a short task needs again would be taken from it.
var pauses = []time.Duration{0, 120 * time.Millisecond, time.Second}

var settle sync.Once

// Settle trims the program in the background: at once, and again after 120 ms and
// 1.12 s. A program calls it when its start is over or when it begins to wait, and
// has its first work to do: of what that touches, most is touched only once too.
// Only the first call in a process does anything. Safe for concurrent use.
func Settle() {
	settle.Do(func() { go trims(pauses, Trim) })
}

// trims trims after every pause, as long as there is something to trim.
func trims(pauses []time.Duration, trim func() int) {
	for _, pause := range pauses {
		if pause > 0 {
			time.Sleep(pause)
		}
		if trim() == 0 {
			return
		}
	}
}
