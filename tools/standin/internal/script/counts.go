package script

import "sync"

// Counts counts how often limited steps were taken. The zero value is ready, and
// it is safe for concurrent use.
type Counts struct {
	mu    sync.Mutex
	taken map[string]int
}

// Take reports whether the step may answer once more, and counts it.
func (c *Counts) Take(name string, times int) bool {
	if times == 0 {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.taken == nil {
		c.taken = map[string]int{}
	}
	if c.taken[name] >= times {
		return false
	}
	c.taken[name]++
	return true
}

// Reset forgets all counts.
func (c *Counts) Reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.taken = nil
}
