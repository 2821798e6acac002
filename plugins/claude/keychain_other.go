//go:build !darwin

package claude

import (
	"context"
	"errors"
)

func readKeychain(context.Context, string) (string, error) {
	return "", errors.New("only macOS has a keychain")
}
