//go:build unix

package spawn

import (
	"os/exec"
	"syscall"
)

// ownSession keeps the terminal's Ctrl-C from the plugin.
func ownSession(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
