//go:build unix

package launch

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

func syscallKillSelf() error { return syscall.Kill(os.Getpid(), syscall.SIGKILL) }

func session() int {
	sid, _ := unix.Getsid(0)
	return sid
}

func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// initialEnviron is the environment that the process was started with, where the
// system still knows it: the SDK has removed its own variables from the live one.
func initialEnviron() []string {
	raw, err := os.ReadFile("/proc/self/environ")
	if err != nil {
		return os.Environ()
	}
	return strings.Split(string(bytes.TrimRight(raw, "\x00")), "\x00")
}
