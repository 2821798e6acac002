package launch

import (
	"runtime"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Sandbox says what walls a plugin's files off.
type Sandbox struct {
	// State is "landlock (ABI 7)", "off", or "unproven" when the plugin does not
	// answer the probe.
	State string
	// Detail is the reason, or what the probe found.
	Detail string
}

const sandboxOff = "off"

// SandboxOff says why a plugin gets no sandbox, or returns an empty state for one
// that gets it where the system has it.
func SandboxOff(p discover.Plugin) (state, detail string) {
	switch {
	case p.Source == discover.SourceBundled:
		return sandboxOff, "bundled"
	case p.Source != discover.SourceInstalled:
		return sandboxOff, "your own path"
	case p.Kind == discover.KindCLI || len(p.Manifest.Programs.Run) > 0:
		return sandboxOff, "it runs a vendor's program"
	case runtime.GOOS != "linux":
		return sandboxOff, runtime.GOOS + " has no Landlock"
	}
	return "", ""
}
