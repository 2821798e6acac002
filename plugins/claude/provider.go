package claude

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/renewal"
	"github.com/jcode-go/jcode/sdk/shellout"
	"github.com/jcode-go/jcode/sdk/toolspec"
)

// Provider is the claude provider. Make one with [New]. It is safe for concurrent
// use once it is configured.
type Provider struct {
	sdk.Defaults
	version string
	clock   httpapi.Clock
	client  func() *http.Client
	limits  httpapi.LimitWatch
	learned lessons
	runs    shellout.Runs
	home    func() string // the user's home folder
	// keychain reads what Claude Code keeps in the system's keychain.
	keychain func(context.Context, keychainItem) (string, error)

	mu     sync.RWMutex
	config sdk.Config
	renews *renewal.Renewer[credential] // of our own login, made when first needed
	cached *cachedModels                // what the cache folder held, read once
}

// New returns a provider that says it has this version. What is no semantic
// version, such as a commit, becomes one of a version that was never released; it
// is what the bundled manifest says, too.
func New(version string) *Provider {
	version = strings.TrimPrefix(version, "v")
	switch {
	case version == "":
		version = "0.0.0-dev"
	case version[0] < '0' || version[0] > '9' || !strings.Contains(version, "."):
		version = "0.0.0-dev+" + version
	}
	return &Provider{version: version, clock: httpapi.SystemClock(), client: sync.OnceValue(func() *http.Client { return httpapi.NewClient(nil) }), home: userHome, keychain: readKeychain}
}

// Info describes the plugin: in CLI mode, which is known once it is configured, the
// program runs the tools and keeps the conversation.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: providerName, DisplayName: "Claude", Version: p.version,
		Capabilities: capabilities(p.configuration()),
		LoginMethods: []sdk.LoginMethod{{
			ID: methodBrowser, Label: "Claude subscription, in the browser",
		}},
		DefaultModels: withDefault(staticModels(), namedModel(p.configuration())),
	}, nil
}

// Configure keeps what the host granted.
func (p *Provider) Configure(_ context.Context, config sdk.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config, p.cached, p.renews = config, nil, nil
	return nil
}

func (p *Provider) settings(ctx context.Context) settings {
	return readSettings(ctx, p.configuration(), p.home(), p.clock.Now())
}

func (p *Provider) configuration() sdk.Config {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.config
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

// Generate has the claude program answer, or in direct mode the Messages API.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	if !direct(p.configuration()) {
		return p.generateByCLI(ctx, request, stream)
	}
	x, err := p.exchange(ctx, request, stream)
	if err != nil {
		return sdk.Result{}, inGenerate(err)
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
	if err == nil && request.ProviderState != nil {
		result.ProviderState = shellout.Conversation{}.Bytes() // the program does not know this answer
	}
	return result, inGenerate(err)
}

// exchange prepares one Generate call of direct mode. Nothing is sent before all
// of it is known to be right.
func (p *Provider) exchange(ctx context.Context, request *sdk.Request, stream sdk.Stream) (*exchange, error) {
	s := p.settings(ctx)
	target, err := p.target(s)
	if err != nil {
		return nil, err
	}
	c := contractFor(s.credential, p.version)
	names, err := toolspec.NewNames(c.tools, request)
	if err != nil {
		return nil, err
	}
	m := resolveModel(firstOf(request.Model, s.model))
	x := &exchange{
		client: p.client(), endpoint: target, credential: s.credential, settings: s,
		turn: turn{
			request: request, model: m, contract: c, names: names,
			maxTokens: listedOutput(p.storedModels(s, target), m),
		},
		stream: stream, clock: p.clock, limits: &p.limits, learned: &p.learned, another: p.afterRefusal,
	}
	if err := s.caution(x.emit); err != nil {
		return nil, err
	}
	if err := p.announce(s.credential, x.emit); err != nil {
		return nil, err
	}
	if x.credential, err = p.fresh(ctx, s.credential, x.emit); err != nil {
		return nil, err
	}
	return x, nil
}

// inGenerate lets a cancelled call and a gone caller be what they are.
func inGenerate(err error) error {
	var gone *emitError
	if errors.As(err, &gone) {
		return gone.err
	}
	return err
}

// target checks the settings and returns where the API is.
func (p *Provider) target(s settings) (endpoint, error) {
	if err := s.usable(); err != nil {
		return endpoint{}, err
	}
	e, err := parseEndpoint(p.baseURL())
	if err != nil {
		return endpoint{}, err
	}
	return e, e.admits(s.credential)
}

// listing asks with a fresh login; it is part of no turn, so that a warning has
// nowhere to go.
func (p *Provider) listing(ctx context.Context, s settings, e endpoint) (listing, error) {
	c, err := p.fresh(ctx, s.credential, func(sdk.Event) error { return nil })
	return listing{client: p.client(), endpoint: e, contract: contractFor(c, p.version), credential: c}, err
}
