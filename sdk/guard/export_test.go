//go:build unix

package guard

// GuardianPid is the process id of the guardian.
func (t *Tree) GuardianPid() int { return t.g.proc.Pid }

// WarmPid is the process id of the prepared guardian, 0 if there is none.
func WarmPid() int {
	warm.Lock()
	defer warm.Unlock()
	if warm.g == nil {
		return 0
	}
	return warm.g.proc.Pid
}

// WithoutMain calls f as if Main had not been called. Nothing may start meanwhile.
func WithoutMain(f func()) {
	mainCalled.Store(false)
	defer mainCalled.Store(true)
	f()
}
