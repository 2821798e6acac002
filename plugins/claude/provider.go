package claude

import (
	"context"
	"errors"
	"net/http"
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

// New returns a provider that says it has this version.
func New(version string) *Provider {
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

// storedModels reads the cached list, once: it costs the first request no round
// trip.
func (p *Provider) storedModels(s settings, e endpoint) cachedModels {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cached == nil {
		loaded := newModelCache(p.config.CacheDir, e, s.credential.method).load()
		p.cached = &loaded
	}
	return *p.cached
}

func (p *Provider) listing(s settings, e endpoint) listing {
	return listing{client: p.client(), endpoint: e, contract: keyContract(p.version), credential: s.credential}
}

// ListModels returns the account's models: from the cache for a day, else from
// the vendor, else, when that fails, an older list or the one built in. Refused
// credentials are an error.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	s := p.settings()
	e, err := p.target(s)
	if err != nil {
		return markDefault(builtInModels(), s.model), nil //nolint:nilerr // a list without credentials is still of use
	}
	stored := p.storedModels(s, e)
	if stored.fresh(p.clock.now()) {
		return markDefault(stored.Models, s.model), nil
	}
	models, err := p.listing(s, e).all(ctx)
	switch kind := sdk.KindOf(err); {
	case err == nil:
		p.keepModels(s, e, models)
		return markDefault(models, s.model), nil
	case kind == sdk.KindUnauthenticated || kind == sdk.KindCancelled:
		return nil, err
	case len(stored.Models) > 0:
		return markDefault(stored.Models, s.model), nil
	}
	return markDefault(builtInModels(), s.model), nil
}

// keepModels stores a list for the next process; without it, that one asks again.
func (p *Provider) keepModels(s settings, e endpoint, models []sdk.Model) {
	now := p.clock.now()
	_ = newModelCache(p.cacheDir(), e, s.credential.method).store(models, now) // see above
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cached = &cachedModels{FetchedAt: now, Models: models}
}

// builtInModels says of each model that the vendor was not asked.
func builtInModels() []sdk.Model {
	models := staticModels()
	for i := range models {
		models[i].DisplayName += builtInSuffix
	}
	return models
}

// markDefault returns the list with the model marked that is used when the user
// names none.
func markDefault(models []sdk.Model, name string) []sdk.Model {
	wanted := resolveModel(name).family
	out := make([]sdk.Model, len(models))
	found := false
	for i, m := range models {
		m.Default = !found && family(m.ID) == wanted
		found = found || m.Default
		out[i] = m
	}
	return out
}
