package sdk

// Capability strings, each with the way the host does without it.
const (
	// CapabilityTools: the provider accepts Request.Tools and emits tool
	// calls. Without it the host sends no tools: plain conversation only.
	CapabilityTools = "tools"
	// CapabilityNativeTools: the vendor's program runs tools itself and
	// reports them as [NativeTool] events. The host then offers none of its
	// own and never resends a turn after a crash.
	CapabilityNativeTools = "native_tools"
	// CapabilityImages: image blocks are understood. Without it the host
	// refuses attached images and replaces older ones by a note.
	CapabilityImages = "images"
	// CapabilityThinking: thinking blocks are replayed. Without it they are
	// dropped from the history.
	CapabilityThinking = "thinking"
	// CapabilitySessionResume: the provider keeps the conversation itself,
	// found again through provider state. Without it the whole transcript is
	// sent every time, which the host does anyway.
	CapabilitySessionResume = "session_resume"
	// CapabilityDynamicModels: ListModels asks the vendor. Without it the
	// defaults of Info are the list.
	CapabilityDynamicModels = "models.dynamic"
	// CapabilityPermissionModes: the provider enforces Request.Limits'
	// permission mode itself. A provider with native tools and without this
	// makes the host refuse an explicit --permission-mode.
	CapabilityPermissionModes = "permission_modes"
	// CapabilityMaxTurns: the provider enforces Request.Limits.MaxTurns on
	// the tools that it runs itself.
	CapabilityMaxTurns = "max_turns"
)

// Info is what a plugin says of itself.
type Info struct {
	// Name is the provider's name, `^[a-z][a-z0-9-]{1,31}$`.
	Name string
	// DisplayName is the name for people, for example "Acme Cloud".
	DisplayName string
	// Version is the plugin's own semantic version.
	Version string
	// SDKVersion is filled in by plugin.Main.
	SDKVersion string
	// Capabilities are the Capability strings that hold. Unknown ones are
	// ignored by the host.
	Capabilities []string
	// LoginMethods are the ways to log in, best first.
	LoginMethods []LoginMethod
	// DefaultModels are known without asking the vendor; the first one with
	// Default set is used when the user names none.
	DefaultModels []Model
	// Experimental marks a provider that may stop working when its vendor
	// changes something.
	Experimental bool
}

// Has reports whether capability is among info's capabilities.
func (info Info) Has(capability string) bool {
	for _, c := range info.Capabilities {
		if c == capability {
			return true
		}
	}
	return false
}

// LoginMethod is one way to log in.
type LoginMethod struct {
	// ID is what LoginRequest.Method names, for example "browser".
	ID string
	// Label is the line that people choose from.
	Label string
	// NeedsBrowser and NeedsTerminal say what the method cannot do without.
	NeedsBrowser, NeedsTerminal bool
}

// Model is one model of a provider.
type Model struct {
	// ID is what a request names.
	ID string
	// DisplayName is the name for people; empty means ID.
	DisplayName string
	// ContextTokens and MaxOutputTokens are limits in tokens; 0 is unknown.
	ContextTokens, MaxOutputTokens int
	// InputModalities lists what the model reads: "text", "image".
	// Empty means unknown.
	InputModalities []string
	// Efforts lists the reasoning efforts it accepts, weakest first.
	Efforts []string
	// Default marks the model to use when none is named.
	Default bool
	// Price is what tokens cost; nil is unknown.
	Price *Price
}

// Price is in US dollars per million tokens.
type Price struct {
	Input, Output, CacheRead, CacheWrite float64
}

// Check is one line of `jcode doctor`.
type Check struct {
	// ID names the check in machine-readable output: "cli_version".
	ID string
	// OK is false when the user should do something.
	OK bool
	// Detail is what was found.
	Detail string
	// Remedy is the next command or step; empty when OK.
	Remedy string
}
