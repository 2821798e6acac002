package shellout

import (
	"sync"
	"time"
)

// clock measures how long a program has said nothing while somebody listened.
type clock struct {
	startLimit, idleLimit time.Duration // below 0 is none

	mu      sync.Mutex
	since   time.Time // of the wait for output; zero while nobody waits
	heard   time.Time // of the last byte on standard error
	started bool      // something came on standard output
}

// wait begins a wait for output.
func (c *clock) wait() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Now()
}

// got ends the wait with n bytes.
func (c *clock) got(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.since = time.Time{}
	c.started = c.started || n > 0
}

// touch notes a sign of life that is no output.
func (c *clock) touch() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heard = time.Now()
}

func (c *clock) hasStarted() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.started
}

// waiting is how long the present wait for output has lasted.
func (c *clock) waiting() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.since.IsZero() {
		return 0
	}
	return time.Since(c.since)
}

// limit is the one that holds now, and how much of it is used.
func (c *clock) limit() (limit, used time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	limit, since := c.startLimit, c.since
	if c.started || c.startLimit < 0 {
		limit = c.idleLimit
		if c.heard.After(since) && !since.IsZero() {
			since = c.heard
		}
	}
	if since.IsZero() {
		return limit, 0
	}
	return limit, time.Since(since)
}

// forever is for a timer that does not matter.
const forever = 24 * time.Hour

// next is how long it takes at least until a limit may be reached. The start may
// give way to the idle limit at any time, so the shorter of both counts.
func (c *clock) next() time.Duration {
	limit, used := c.limit()
	if limit < 0 {
		return forever
	}
	next := max(limit-used, time.Millisecond)
	if c.idleLimit > 0 {
		next = min(next, c.idleLimit)
	}
	return next
}

// expired names the limit that has been reached, if any.
func (c *clock) expired() Stop {
	limit, used := c.limit()
	switch {
	case limit < 0 || used < limit:
		return ""
	case !c.hasStarted() && c.startLimit >= 0:
		return StopStartLimit
	}
	return StopIdleLimit
}
