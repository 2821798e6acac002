package host

import (
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// Plugin is one provider plugin as discovery sees it, launched or not.
type Plugin struct {
	Name string
	// Display is the name for people.
	Display string
	Version string
	// Protocol is the range of protocol versions that it speaks, "1" or "1-2".
	Protocol string
	// Source is where it was found: "flag", "path", "installed", "bundled".
	Source string
	// Path is the program.
	Path string
	// Status is "ok", "broken", "shadowed", "blocked" or "disabled"; Reason says why.
	Status string
	Reason string
	// Remedy is the next step; empty when there is none.
	Remedy string
	// Trust says what vouches for the program: "verified", "modified",
	// "no lock", "unverified (your path)", "signed", "first use".
	Trust string
	// TrustDetail says what Trust rests on.
	TrustDetail string
	// Origin is where an installed one was installed from, Signer the key that
	// signed it. Pinned says that upgrades pass it by.
	Origin, Signer string
	Pinned         bool
	// Kind is "http", "cli" or empty.
	Kind string
	// Asks is what it asks for, as `plugins install --grant` writes it.
	Asks []string
	// Auth is the state of its login when it was last asked, AuthAccount whose,
	// AuthAt when that was; empty when it never was.
	Auth, AuthAccount string
	AuthAt            time.Time
	// Sandbox is what a probe inside its process found: "landlock (ABI 7)", or
	// "off" with the reason in SandboxDetail.
	Sandbox, SandboxDetail string
	// Update is a newer version that its source had at UpdateAt; else empty.
	Update   string
	UpdateAt time.Time
	// SHA256 is the digest that the lock demands; empty when nothing does.
	SHA256 string
	// Rank orders providers when the user names none, lowest first.
	Rank int
	// Environment are the variables that it declares.
	Environment []string
	// RunsCLI says that it runs a vendor's program.
	RunsCLI bool
	// Experimental marks one that may stop working when its vendor changes
	// something.
	Experimental bool
	// Description is one line.
	Description string
	// Warnings are things to know that do not stop a launch.
	Warnings []string
}

// ProviderModels are the models of one provider, or why there are none.
type ProviderModels struct {
	Provider string
	Models   []sdk.Model
	// FetchedAt is when the provider was asked: now, or up to an hour ago.
	FetchedAt time.Time
	Err       error
}

// ProviderAuth is what one provider knows of its credentials, or why not.
type ProviderAuth struct {
	Provider string
	Status   sdk.AuthStatus
	Methods  []sdk.LoginMethod
	Err      error
}
