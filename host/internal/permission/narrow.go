package permission

import "slices"

// Narrow is the policy in mode, where that is stricter than its own; it never
// becomes wider. An empty or unknown mode changes nothing.
func (p *Policy) Narrow(mode Mode) *Policy {
	at := slices.Index(Modes, mode)
	if at < 0 || at >= slices.Index(Modes, p.mode) {
		return p
	}
	narrowed := *p
	narrowed.mode = mode
	return &narrowed
}
