//go:build !unix

package spawn

import (
	"os"
	"os/exec"
)

// OwnSession does nothing here.
func OwnSession(*exec.Cmd) {}

// KillSession kills the program alone.
func KillSession(pid int) {
	if process, err := os.FindProcess(pid); err == nil {
		_ = process.Kill() // gone already
	}
}
