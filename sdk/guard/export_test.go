//go:build unix

package guard

// GuardianPid is the process id of the guardian.
func (t *Tree) GuardianPid() int { return t.g.proc.Pid }

// IdlePid is the process id of the guardian that waits, 0 if there is none.
func IdlePid() int {
	idle.Lock()
	defer idle.Unlock()
	if idle.g == nil {
		return 0
	}
	return idle.g.proc.Pid
}

// WithoutMain calls f as if Main had not been called. Nothing may start meanwhile.
func WithoutMain(f func()) {
	mainCalled.Store(false)
	defer mainCalled.Store(true)
	f()
}
