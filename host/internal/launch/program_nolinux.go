//go:build unix && !linux

package launch

import "syscall"

// dieWithParent changes nothing: only Linux has it. The lifeline has to do.
func dieWithParent(attr *syscall.SysProcAttr) *syscall.SysProcAttr { return attr }

// awaitExit returns false at once: the wait that follows reaps.
func awaitExit(int) bool { return false }

func descendants(int) []int { return nil }
