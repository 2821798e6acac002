package cliprovider

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// Provider is the provider that a [CLI] describes. Make one with [New]. It is safe
// for concurrent use once it is configured.
type Provider struct {
	cli     *CLI
	version string
	runs    shellout.Runs
	now     func() time.Time

	mu     sync.RWMutex
	config sdk.Config
}

// New returns the provider that cli describes and that says it has this version.
// What is no semantic version, such as a commit, becomes one of a version that was
// never released; it is what the bundled manifest says, too.
func New(cli *CLI, version string) *Provider {
	version = strings.TrimPrefix(version, "v")
	switch {
	case version == "":
		version = "0.0.0-dev"
	case version[0] < '0' || version[0] > '9' || !strings.Contains(version, "."):
		version = "0.0.0-dev+" + version
	}
	return &Provider{cli: cli, version: version, now: time.Now}
}

// The only way to log in.
const methodProgram = "program"

// Info describes the plugin. The program runs the tools and keeps the
// conversation. Permission modes are claimed because some can be enforced; those
// that cannot are refused by name.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	info := sdk.Info{
		Name: p.cli.Name, DisplayName: p.cli.Display, Version: p.version, Experimental: true,
		Capabilities: []string{
			sdk.CapabilityNativeTools, sdk.CapabilitySessionResume, sdk.CapabilityPermissionModes,
		},
		LoginMethods:  []sdk.LoginMethod{{ID: methodProgram, Label: p.cli.Display + "'s own login (experimental)"}},
		DefaultModels: p.markNamed(p.cli.Models),
	}
	if p.cli.ListModels != nil {
		info.Capabilities = append(info.Capabilities, sdk.CapabilityDynamicModels)
	}
	return info, nil
}

// Configure keeps what the host granted.
func (p *Provider) Configure(_ context.Context, config sdk.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config = config
	return nil
}

func (p *Provider) configuration() sdk.Config {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.config
}

// Drain ends what the program is still doing, with the time that it needs to put
// its own things in order.
func (p *Provider) Drain(ctx context.Context) error { return p.runs.Drain(ctx) }

// Logout refuses: the login is the program's, and so is its end.
func (p *Provider) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	name, remedy := p.cli.Candidates[0].Name, "log out there"
	if found, err := p.setup().find(ctx); err == nil {
		name = found.name
		if found.help.Lists("logout") {
			remedy = found.name + " logout"
		}
	}
	return nil, &sdk.Error{
		Kind: sdk.KindInvalidRequest, Op: "logout", Remedy: remedy,
		Message: name + " keeps its login itself, jcode has stored nothing",
	}
}

func firstOf(values ...string) string {
	for _, value := range values {
		if value = strings.TrimSpace(value); value != "" {
			return value
		}
	}
	return ""
}
