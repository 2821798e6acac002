package host

import (
	"fmt"

	"github.com/jcode-go/jcode/sdk"
)

// modeOfProvider stands for a permission mode of the provider's own program, which
// runs the tools and was told none of ours.
const modeOfProvider = "provider"

// modes are the permission mode of a run from three sides. They differ when the
// provider's program runs the tools itself, by a mode of its own.
type modes struct {
	// policy is what our tools, and questions of the provider, are judged by.
	policy string
	// asked is what the provider is told; empty when the user chose none.
	asked string
	// known is the mode that is certain to hold; empty when only the provider
	// knows it.
	known string
}

// modesOf tells what is asked of a provider and known of it. A mode of the
// configuration may give way to the provider's own settings; one of a flag does not.
func (r *run) modesOf(info sdk.Info) modes {
	m := modes{policy: r.PermissionMode, asked: r.PermissionMode, known: r.PermissionMode}
	if hostTools(info) || r.PermissionModeExplicit {
		return m
	}
	m.known = ""
	if !r.modeChosen {
		m.asked = ""
	}
	return m
}

// hostTools reports whether the provider calls our tools.
func hostTools(info sdk.Info) bool {
	return info.Has(sdk.CapabilityTools) && !info.Has(sdk.CapabilityNativeTools)
}

// warnOfMode tells when the mode that the configuration asks for cannot hold.
func (r *run) warnOfMode(info sdk.Info) {
	if hostTools(info) || r.PermissionModeExplicit || !r.modeChosen || info.Has(sdk.CapabilityPermissionModes) {
		return
	}
	r.warnings = append(r.warnings, Warning{Code: "permission_mode", Message: fmt.Sprintf(
		"permission_mode = %q cannot be enforced on provider %s, whose program runs its tools by rules of its own", r.PermissionMode, r.result.Provider,
	)})
}
