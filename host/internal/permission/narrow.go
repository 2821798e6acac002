package permission

import "slices"

// Narrow is the policy in mode, where that is stricter than its own; it never
// becomes wider. The rules that allow are left behind then: they widen the mode that
// they were given for. An empty or unknown mode changes nothing.
func (p *Policy) Narrow(mode Mode) *Policy {
	at := slices.Index(Modes, mode)
	if at < 0 || at >= slices.Index(Modes, p.mode) {
		return p
	}
	narrowed := *p
	narrowed.mode = mode
	narrowed.rules = &rules{userHome: p.rules.userHome, deny: p.rules.deny}
	return &narrowed
}
