package claude

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os/exec"
	"os/user"
	"strings"
	"time"
)

const keychainLimit = 5 * time.Second

// readKeychain returns the item in which Claude Code keeps its login. Its name
// depends on the configuration folder, where one is set.
func readKeychain(ctx context.Context, configDir string) (string, error) {
	service := "Claude Code-credentials"
	if configDir != "" {
		sum := sha256.Sum256([]byte(configDir))
		service += "-" + hex.EncodeToString(sum[:])[:8]
	}
	who, err := user.Current()
	if err != nil {
		return "", fmt.Errorf("find user name: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, keychainLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "/usr/bin/security", "find-generic-password", "-s", service, "-a", who.Username, "-w").Output()
	if err != nil {
		return "", fmt.Errorf("read keychain item %q: %w", service, err)
	}
	return strings.TrimSpace(string(out)), nil
}
