package claude

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// Provider is the claude provider. Make one with [New]. It is safe for concurrent
// use once it is configured.
type Provider struct {
	sdk.Defaults
	version string
	clock   clock
	client  func() *http.Client
	limits  limitWatch
	learned lessons

	mu     sync.RWMutex
	config sdk.Config
	cached *cachedModels // what the cache folder held, read once
}

// New returns a provider that says it has this version. What is no semantic
// version, such as a commit, becomes one of a version that was never released.
func New(version string) *Provider {
	if digits := strings.TrimPrefix(version, "v"); digits == "" || digits[0] < '0' || digits[0] > '9' || !strings.Contains(digits, ".") {
		version = "0.0.0-" + firstOf(version, "dev")
	}
	return &Provider{version: version, clock: systemClock(), client: sync.OnceValue(newClient)}
}

// Info describes the plugin.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: providerName, DisplayName: "Claude", Version: p.version,
		Capabilities: []string{
			sdk.CapabilityTools, sdk.CapabilityImages, sdk.CapabilityThinking, sdk.CapabilityDynamicModels,
		},
		DefaultModels: staticModels(),
	}, nil
}

// Configure keeps what the host granted.
func (p *Provider) Configure(_ context.Context, config sdk.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config, p.cached = config, nil
	return nil
}

func (p *Provider) settings() settings {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return readSettings(p.config)
}

func (p *Provider) cacheDir() string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.config.CacheDir
}

func (p *Provider) baseURL() string {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.config.Variables.Get(baseVariable)
}

// Login says how this version is given its credentials. It never waits.
func (p *Provider) Login(context.Context, sdk.LoginRequest, sdk.LoginUI) (sdk.Account, error) {
	return sdk.Account{}, &sdk.Error{
		Kind: sdk.KindInteractionRequired, Op: "login",
		Message: "this version takes an API key from the environment and has no login of its own",
		Remedy:  "export " + directVariable + "=1 " + keyVariable + "=KEY",
	}
}

// Generate sends the turn to the Messages API.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	x, err := p.exchange(request, stream)
	if err != nil {
		return sdk.Result{}, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stream.Interrupted(): // the API knows no orderly stop
			cancel()
		case <-ctx.Done():
		}
	}()
	result, err := x.run(ctx)
	var gone *emitError
	if errors.As(err, &gone) {
		return sdk.Result{}, gone.err
	}
	return result, err
}

// exchange prepares one Generate call: the one place that picks a mode. Nothing
// is sent before all of it is known to be right.
func (p *Provider) exchange(request *sdk.Request, stream sdk.Stream) (*exchange, error) {
	s := p.settings()
	target, err := p.target(s)
	if err != nil {
		return nil, err
	}
	c := keyContract(p.version)
	names, err := newToolNames(c.tools, request.Tools)
	if err != nil {
		return nil, err
	}
	m := resolveModel(firstOf(request.Model, s.model))
	return &exchange{
		client: p.client(), endpoint: target, credential: s.credential, settings: s,
		turn: turn{
			request: request, model: m, contract: c, names: names,
			maxTokens: p.storedModels(s, target).maxOutput(m),
		},
		stream: stream, clock: p.clock, limits: &p.limits, learned: &p.learned,
	}, nil
}

// target checks the settings and returns where the API is.
func (p *Provider) target(s settings) (endpoint, error) {
	if err := s.usable(); err != nil {
		return endpoint{}, err
	}
	return parseEndpoint(p.baseURL())
}

func (p *Provider) listing(s settings, e endpoint) listing {
	return listing{client: p.client(), endpoint: e, contract: keyContract(p.version), credential: s.credential}
}
