package claude

import (
	"context"
	"errors"
	"os/exec"
)

// readKeychain has the system's own program read an item: macOS may ask the user,
// once or for good.
func readKeychain(ctx context.Context, item keychainItem) (string, error) {
	out, err := exec.CommandContext(ctx, "/usr/bin/security", item.arguments()...).Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return string(out), nil
	case ctx.Err() == nil && errors.As(err, &exit):
		return "", item.fault(exit.ExitCode())
	}
	return "", item.fault(-1)
}
