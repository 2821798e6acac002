package scripted

import (
	"context"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// Provider plays a script. The zero value repeats prompts and plays what they
// carry. It is safe for concurrent use.
type Provider struct {
	sdk.Defaults
	// Script is played for prompts that carry none. Configure replaces it when
	// it names a file. Set it before use.
	Script Script

	mu  sync.Mutex // guards what follows
	key sdk.Secret
}

var _ sdk.Provider = (*Provider)(nil)

// Info names the provider "scripted".
func (*Provider) Info(context.Context) (sdk.Info, error) {
	return sdk.Info{
		Name: "scripted", DisplayName: "Scripted", Version: "0.0.1",
		Capabilities:  []string{sdk.CapabilityTools, sdk.CapabilityImages, sdk.CapabilityThinking},
		LoginMethods:  []sdk.LoginMethod{{ID: "code", Label: "Paste a code", NeedsTerminal: true}},
		DefaultModels: []sdk.Model{{ID: "scripted-1", ContextTokens: 200_000, Default: true}, {ID: "scripted-2"}},
	}, nil
}

// Configure reads the script file, if one is named.
func (p *Provider) Configure(_ context.Context, config sdk.Config) error {
	path := config.Settings[SettingScript]
	if path == "" {
		path = config.Variables.Get(VariableScript)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = config.Variables.Secret(VariableKey)
	if path == "" {
		return nil
	}
	script, err := Read(path)
	if err != nil {
		return &sdk.Error{Kind: sdk.KindConfiguration, Op: "configure", Err: err}
	}
	p.Script = script
	return nil
}

// AuthStatus is always ok, unless the script needs a key that is not there.
func (p *Provider) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.Script.NeedsKey && p.key.IsZero() {
		return sdk.AuthStatus{
			State: sdk.AuthMissing, Detail: VariableKey + " is not set", Remedy: "set " + VariableKey,
		}, nil
	}
	return sdk.AuthStatus{State: sdk.AuthOK, Method: "api_key", Source: VariableKey}, nil
}

// Login asks for a code, and accepts any.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if !request.APIKey.IsZero() {
		return sdk.Account{Label: "scripted key"}, nil
	}
	if request.Headless {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindInteractionRequired, Op: "login", Message: "somebody must paste a code",
			Remedy: "jcode login --provider scripted",
		}
	}
	code, err := ui.Prompt(ctx, sdk.Prompt{Label: "Code", Secret: true})
	if err != nil {
		return sdk.Account{}, err
	}
	if code.IsZero() {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindUnauthenticated, Op: "login", Message: "the code is empty"}
	}
	return sdk.Account{Label: "scripted account"}, nil
}

// ListModels returns the models of Info.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	info, err := p.Info(ctx)
	return info.DefaultModels, err
}

// Diagnose has one check.
func (*Provider) Diagnose(context.Context) ([]sdk.Check, error) {
	return []sdk.Check{{ID: "script", OK: true, Detail: "ready"}}, nil
}

// Generate plays the turn that fits the request.
func (p *Provider) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	s := look(request)
	p.mu.Lock()
	script := p.Script
	p.mu.Unlock()
	if _, carried, found := strings.Cut(s.prompt, Magic); found && strings.HasPrefix(carried, "{") {
		var err error
		if script, err = Parse([]byte(carried)); err != nil {
			return sdk.Result{}, &sdk.Error{Kind: sdk.KindInvalidRequest, Op: "generate", Err: err}
		}
	}
	turn, found := script.pick(s)
	if !found {
		turn = Turn{Steps: []Step{{Text: "You said: "}, {Text: s.prompt}}}
	}
	player := &player{request: request, stream: stream, model: request.Model}
	if player.model == "" {
		player.model = "scripted-1"
	}
	return player.play(ctx, turn)
}
