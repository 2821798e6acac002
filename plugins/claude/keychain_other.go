//go:build !darwin

package claude

import "context"

func readKeychain(context.Context, keychainItem) (string, error) { return "", errNoKeychain }
