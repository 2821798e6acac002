package openai

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/marker"
	"github.com/jcode-go/jcode/sdk/renewal"
)

// Provider is the openai provider. Make one with [New]. It is safe for concurrent
// use once it is configured.
type Provider struct {
	sdk.Defaults
	version string
	clock   httpapi.Clock
	limits  httpapi.LimitWatch
	learned lessons
	home    func() string // the user's home folder

	mu      sync.RWMutex
	config  sdk.Config
	client  *http.Client
	faultCA error // why the certificates of CODEX_CA_CERTIFICATE cannot be used
	renews  *renewal.Renewer[credential]
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
	return &Provider{version: version, clock: httpapi.SystemClock(), home: userHome}
}

// Info describes the plugin.
func (p *Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: providerName, DisplayName: "OpenAI", Version: p.version,
		Capabilities: []string{
			sdk.CapabilityTools, sdk.CapabilityImages, sdk.CapabilityThinking, sdk.CapabilityDynamicModels,
		},
		LoginMethods: []sdk.LoginMethod{
			{ID: methodBrowser, Label: "ChatGPT subscription, in the browser"},
			{ID: methodDevice, Label: "ChatGPT subscription, with a code on another device"},
		},
	}, nil
}

// Configure keeps what the host granted.
func (p *Provider) Configure(_ context.Context, config sdk.Config) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	roots, err := readRoots(firstOf(config.Variables.Get(caVariable)))
	p.config, p.client, p.faultCA, p.renews = config, httpapi.NewClient(roots), err, nil
	return nil
}

func (p *Provider) configuration() sdk.Config {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.config
}

// httpClient is the one client of the plugin, for requests and logins alike: a
// proxy or certificate that one needs the other needs too.
func (p *Provider) httpClient() (*http.Client, error) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	return p.client, p.faultCA
}

func (p *Provider) settings(ctx context.Context) settings {
	return readSettings(ctx, p.configuration(), p.home(), p.clock.Now())
}

func (p *Provider) places() places { return placesOf(p.configuration(), p.home()) }

// Generate asks the Responses API.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		select {
		case <-stream.Interrupted(): // the API knows no orderly stop
			cancel()
		case <-ctx.Done():
		}
	}()
	x, err := p.exchange(ctx, request, stream)
	if err != nil {
		return sdk.Result{}, inGenerate(err)
	}
	result, err := x.run(ctx)
	return result, inGenerate(err)
}

// exchange prepares one Generate call. Nothing is sent before all of it is known to
// be right.
func (p *Provider) exchange(ctx context.Context, request *sdk.Request, stream sdk.Stream) (*exchange, error) {
	s := p.settings(ctx)
	if err := s.usable(); err != nil {
		return nil, err
	}
	config := p.configuration()
	at, err := target(s.credential, config.Variables)
	if err != nil {
		return nil, err
	}
	client, err := p.httpClient()
	if err != nil {
		return nil, err
	}
	x := &exchange{provider: p, client: client, config: config, endpoint: at, settings: s, stream: stream}
	if err := p.announce(s.credential, x.emit); err != nil {
		return nil, err
	}
	if x.credential, err = p.fresh(ctx, s.credential, x.emit); err != nil {
		return nil, err
	}
	return x, x.prepare(ctx, request)
}

// announce tells, once in the life of this installation, where a login comes from.
func (p *Provider) announce(c credential, tell func(sdk.Event) error) error {
	if c.variable || !marker.First(p.configuration().StateDir, "source "+c.source) {
		return nil
	}
	return tell(sdk.WarningEvent{
		Code: "credential_source", Message: "using " + c.what() + "; " + c.mode.billing() + ". Said once.",
	})
}

// emitError marks that the caller is gone, so that nothing is retried.
type emitError struct{ err error }

func (e *emitError) Error() string { return e.err.Error() }
func (e *emitError) Unwrap() error { return e.err }

// inGenerate lets a cancelled call and a gone caller be what they are.
func inGenerate(err error) error {
	var gone *emitError
	if errors.As(err, &gone) {
		return gone.err
	}
	return err
}
