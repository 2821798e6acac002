package pagetrim

import (
	"sync"
	"time"
)

// pauses are before the trims of Settle that follow the first: while the answer to the
// first request is waited for, and when connections that are slow to build stand. None
// is sooner: what a short task needs again would be taken from it.
var pauses = []time.Duration{Soon, time.Second}

// Soon is after what a short task takes.
const Soon = 120 * time.Millisecond

var settle sync.Once

// Settle trims the program in the background, for the first time after a while, and
// again 120 ms and 1.12 s later. A program calls it when its start is over: with 0 if
// it waits then, with [Soon] if it is waited for. Of what its first work touches, most
// is touched only once too. Only the first call in a process does anything. Safe for
// concurrent use.
func Settle(after time.Duration) {
	settle.Do(func() { go trims(append([]time.Duration{after}, pauses...), Trim) })
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
