package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/jcode-go/jcode/host"
)

// tryLockVerb is what the doctor starts to see whether a lock holds between
// processes. It prints "busy" or "free".
const tryLockVerb = "__try-lock"

func (c *command) tryLockCommand() *cli.Command {
	return &cli.Command{Name: tryLockVerb, Hidden: true, Action: func(flags *cli.Context) error {
		if err := wantArgs(flags, 1, 1); err != nil {
			return err
		}
		busy, err := host.TryLock(flags.Args().First())
		if err != nil {
			return err
		}
		answer := "free"
		if busy {
			answer = "busy"
		}
		_, err = fmt.Fprintln(c.out, answer)
		return err
	}}
}

// tryLockElsewhere is this program again, as another process.
func (c *command) tryLockElsewhere(ctx context.Context, path string) (busy bool, err error) {
	cmd := exec.CommandContext(ctx, executable(), tryLockVerb, path)
	cmd.Args[0], cmd.Env = os.Args[0], c.environ
	out, err := cmd.Output()
	if err != nil {
		return false, fmt.Errorf("try the lock in another process: %w", err)
	}
	return strings.TrimSpace(string(out)) == "busy", nil
}
