package ollama

import (
	"context"
	"net/http"
	"runtime"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

const providerName = "ollama"

// Names under which the host hands over what the user set.
const (
	baseVariable  = "OLLAMA_BASE_URL"
	hostVariable  = "OLLAMA_HOST"
	keyVariable   = "OLLAMA_API_KEY"
	modelVariable = "OLLAMA_MODEL"

	baseSetting  = "base_url"
	modelSetting = "model"
	plainSetting = "plain_http"
	idleSetting  = "idle_timeout"
)

// Provider is the ollama provider. Make one with [New]. It is safe for concurrent use
// once it is configured.
type Provider struct {
	version string
	clock   httpapi.Clock
	client  *http.Client
	learned lessons

	mu     sync.RWMutex
	config sdk.Config
}

// New returns a provider that says it has this version.
func New(version string) *Provider {
	return &Provider{version: version, clock: httpapi.SystemClock(), client: httpapi.NewClient(nil)}
}

// Info describes the plugin.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: providerName, DisplayName: "Ollama and other local servers", Version: p.version,
		Capabilities: []string{sdk.CapabilityTools, sdk.CapabilityImages, sdk.CapabilityThinking, sdk.CapabilityDynamicModels},
		LoginMethods: []sdk.LoginMethod{{ID: loginMethod, Label: "Address of a server, and its API key if it wants one"}},
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

// Drain has nothing to end: what runs ends with its call.
func (p *Provider) Drain(context.Context) error { return nil }

// Generate asks the server.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stream.Interrupted(): // chat completions know no orderly stop
			cancel()
		case <-ctx.Done():
		}
	}()
	x, err := p.exchange(ctx, request, stream)
	if err != nil {
		return sdk.Result{}, err
	}
	return x.run(ctx)
}

// header sets what every request has.
func (p *Provider) header(request *http.Request, key sdk.Secret) {
	request.Header.Set("User-Agent", "jcode-provider-ollama/"+p.version+" ("+runtime.GOOS+"; "+runtime.GOARCH+")")
	if !key.IsZero() {
		request.Header.Set("Authorization", "Bearer "+key.Reveal())
	}
}
