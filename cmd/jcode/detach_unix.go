//go:build unix

package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"
)

// detach takes a program out of the terminal's reach.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// notifyResize delivers to changes whenever the terminal has a new size.
func notifyResize(changes chan<- os.Signal) (stop func()) {
	signal.Notify(changes, syscall.SIGWINCH)
	return func() { signal.Stop(changes) }
}
