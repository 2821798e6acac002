package acmename

import (
	"context"
	"net/http"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const (
	// providerName is the name in the program's file name and in plugin.toml.
	providerName = "acme-name"
	displayName  = "Acme Name"

	// The variables that plugin.toml declares: the plugin is told no others.
	variableKey   = "ACME_NAME_API_KEY"
	variableBase  = "ACME_NAME_BASE_URL"
	variableModel = "ACME_NAME_MODEL"

	// defaultBase is the stand-in of `make standin`. Put the vendor's address here.
	defaultBase  = "http://127.0.0.1:8099"
	defaultModel = "small"
)

// Provider is the vendor as jcode sees it. Its methods may be called at the same
// time; Configure comes before the others.
type Provider struct {
	sdk.Defaults // what this provider does not need

	version string
	client  *http.Client
	clock   httpapi.Clock

	mu     sync.RWMutex
	config sdk.Config
}

var _ sdk.Provider = (*Provider)(nil)

// New returns the provider. It says that it has this version.
func New(version string) *Provider {
	return &Provider{version: version, client: httpapi.NewClient(nil), clock: httpapi.SystemClock()}
}

// Info describes the plugin. It does no I/O.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: providerName, DisplayName: displayName, Version: p.version,
		Capabilities:  []string{sdk.CapabilityTools, sdk.CapabilityDynamicModels},
		LoginMethods:  []sdk.LoginMethod{{ID: "api_key", Label: displayName + " API key", NeedsTerminal: true}},
		DefaultModels: []sdk.Model{{ID: defaultModel, Default: true}},
	}, nil
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

// base is the address of the API.
func (p *Provider) base() (httpapi.Base, error) {
	value := p.configuration().Variables.Get(variableBase)
	if value == "" {
		value = defaultBase
	}
	base, fault := httpapi.ParseBase(value)
	if fault != "" {
		return base, &sdk.Error{Kind: sdk.KindConfiguration, Message: variableBase + " " + fault, Remedy: "set " + variableBase + " to an https address"}
	}
	return base, nil
}

// model is what the request names, else the variable, else the settings, else the
// default.
func (p *Provider) model(request *sdk.Request) string {
	config := p.configuration()
	for _, name := range []string{request.Model, config.Variables.Get(variableModel), config.Settings["model"]} {
		if name != "" {
			return name
		}
	}
	return defaultModel
}
