package install

import (
	"context"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Installer changes the store. Its fields are set before use and not changed; it is
// safe for concurrent use, also by several processes.
type Installer struct {
	Store Store
	// Dir is the folder that relative paths start from.
	Dir string
	// Environ is the user's environment, for the go command and the servers'
	// tokens and proxies.
	Environ []string
	// HostVersion and HostProtocols are this jcode's.
	HostVersion   string
	HostProtocols []int
	// Others are the plugins that come from elsewhere than the store: their names
	// and variables are protected.
	Others []discover.Plugin

	// Client makes requests; nil means one with sane limits.
	Client *http.Client
	// Ask shows what a plugin asks for and returns what the user says. Nil refuses.
	Ask func(context.Context, Consent) (Decision, error)
	// Smoke starts the plugin once, without secrets. Nil starts nothing.
	Smoke func(ctx context.Context, row discover.Plugin, home string) error
	// Progress is told how far a long step is; may be nil.
	Progress func(Progress)
	// Step is told the name of each step before it is taken; may be nil.
	Step func(name string)
	// Now is the clock; nil means [time.Now].
	Now func() time.Time
}

// Progress is how far a step is.
type Progress struct {
	// Text is what is being done: "download jcode-provider-acme.tar.gz".
	Text string
	// Done and Total are bytes; Total is 0 when it is unknown.
	Done, Total int64
	// Finished is set once, at the end.
	Finished bool
}

// Request is one plugin to install.
type Request struct {
	// Source is what the user typed, SHA256 the digest that goes with it.
	Source, SHA256 string
	// Key is the minisign public key that must have signed it; a key that differs
	// from the one known is accepted by being named here.
	Key string
	// AcceptUnsigned accepts an unsigned version of what was signed before.
	AcceptUnsigned bool
	// ReplaceBundled accepts that it takes the name of a bundled plugin.
	ReplaceBundled bool
	// Describe lets a program without manifest and build info be run to say what
	// it is.
	Describe bool
	// SkipSmoke leaves the first start out.
	SkipSmoke bool
	// Pin keeps upgrades away from it.
	Pin bool

	// upgrade is the installed version that is being replaced; nil for an install.
	upgrade *Entry
}

// Result is what a change did.
type Result struct {
	Name, Version string
	// Previous is the version before; empty for a new plugin.
	Previous string
	// Generation is the number of the one that counts now.
	Generation int
	// Unchanged says that there was nothing to do.
	Unchanged bool
	Trust     string
	// TrustDetail says what Trust rests on.
	TrustDetail string
	SHA256      string
	// Warnings are things to know.
	Warnings []string
}

func (in *Installer) step(name string) {
	if in.Step != nil {
		in.Step(name)
	}
}

func (in *Installer) progress(p Progress) {
	if in.Progress != nil {
		in.Progress(p)
	}
}

func (in *Installer) now() time.Time {
	if in.Now != nil {
		return in.Now()
	}
	return time.Now()
}

func (in *Installer) env(name string) string {
	prefix := name + "="
	value := ""
	for _, entry := range in.Environ {
		if len(entry) >= len(prefix) && entry[:len(prefix)] == prefix {
			value = entry[len(prefix):]
		}
	}
	return value
}

// Install installs the plugin of one source, or the version of one that is already
// there. The error is an [*Error], that of the smoke start, or that of ctx; then
// the old state still counts.
func (in *Installer) Install(ctx context.Context, r Request) (Result, error) {
	src, err := parseSource(r.Source, r.SHA256, in.Dir)
	if err != nil {
		return Result{}, err
	}
	in.step("make staging folder")
	work, err := in.Store.newStage()
	if err != nil {
		return Result{}, err
	}
	defer work.remove()
	c := &candidate{in: in, request: r, source: src, stage: work}
	for _, part := range []func(context.Context) error{c.fetch, c.verify, c.unpack, c.examine, c.checkSignature, c.agree, c.smoke} {
		if err := ctx.Err(); err != nil {
			return Result{}, err
		}
		if err := part(ctx); err != nil {
			return Result{}, err
		}
	}
	return c.commit(ctx)
}
