package tool

import (
	"context"
	"fmt"

	"github.com/jcode-go/jcode/sdk/guard"
)

// ProbeShell runs an empty command as the bash tool would, under a guardian, and
// returns the shell. path is empty when there is none. chosen is JCODE_SHELL.
func ProbeShell(ctx context.Context, chosen string, environ []string) (path string, err error) {
	sh, err := findShell(chosen)
	if err != nil {
		return "", err
	}
	tree, err := guard.Start(ctx, guard.Command{Path: sh.path, Args: sh.argv("exit 0"), Env: environ})
	if err != nil {
		return sh.path, fmt.Errorf("start %s: %w", sh.path, err)
	}
	exit, err := tree.Wait(ctx)
	if err == nil && !exit.Success() {
		err = fmt.Errorf("run %s: %s", sh.path, exit)
	}
	if err != nil {
		_ = tree.Kill(context.WithoutCancel(ctx))
	}
	return sh.path, err
}
