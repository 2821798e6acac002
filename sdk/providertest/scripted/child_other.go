//go:build !unix

package scripted

import (
	"context"
	"errors"
	"os"
	"os/exec"

	"github.com/jcode-go/jcode/sdk"
)

// runChild runs a command of the system's shell, which is killed at the end of
// ctx.
func runChild(ctx context.Context, command string) error {
	err := exec.CommandContext(ctx, "cmd", "/c", command).Run()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		return &sdk.Error{Kind: sdk.KindInternal, Op: "run child", Err: err}
	}
	return nil
}

func killSelf() error {
	self, err := os.FindProcess(os.Getpid())
	if err != nil {
		return err
	}
	return errors.Join(self.Kill(), errors.New("still alive"))
}
