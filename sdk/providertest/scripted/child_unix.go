//go:build unix

package scripted

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"syscall"

	"github.com/jcode-go/jcode/sdk"
)

// runChild runs a shell command in a process group of its own, which is killed
// at the end of ctx. It is not for commands that leave their group.
func runChild(ctx context.Context, command string) error {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	err := cmd.Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "run child", Err: err}
	}
	return nil
}

func killSelf() error {
	err := syscall.Kill(os.Getpid(), syscall.SIGKILL)
	return errors.Join(err, errors.New("still alive"))
}
