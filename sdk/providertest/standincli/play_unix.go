//go:build unix

package standincli

import (
	"os"
	"os/exec"
	"syscall"
)

// startHolder leaves a child behind that has left the session and holds both
// outputs.
func startHolder() error {
	cmd := exec.Command("/bin/sh", "-c", `trap "" TERM INT HUP; while :; do sleep 1; done`)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd.Start()
}

func raise(number int) { _ = syscall.Kill(os.Getpid(), syscall.Signal(number)) }
