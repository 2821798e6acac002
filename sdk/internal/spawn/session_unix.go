//go:build unix

package spawn

import (
	"os/exec"
	"syscall"
)

// OwnSession keeps the terminal's Ctrl-C from a program, and what it starts
// together.
func OwnSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// KillSession kills what is left of the session of a program that OwnSession was
// for, less what went into groups of its own.
func KillSession(pid int) { _ = syscall.Kill(-pid, syscall.SIGKILL) } // gone already
