//go:build unix && !linux

package e2e

import "testing"

// linuxChecks cannot be made here.
var linuxChecks map[string]func(*testing.T)
