package launch

import "time"

// Step is one part of a start, for logs.
type Step struct {
	// Name is "prepare", "connect" (hashing, exec and handshake), "introduce" or
	// "configure".
	Name string
	Took time.Duration
}

// step notes that a part of the start has ended just now.
func (a *attempt) step(name string) {
	now := time.Now()
	a.steps = append(a.steps, Step{Name: name, Took: now.Sub(a.stepped)})
	a.stepped = now
}
