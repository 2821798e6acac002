package plugin_test

import (
	"context"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

// fake is a provider whose methods are the functions that a test sets; what is
// not set does something plain.
type fake struct {
	sdk.Defaults
	info      func() (sdk.Info, error)
	configure func(sdk.Config) error
	auth      func(probe bool) (sdk.AuthStatus, error)
	login     func(context.Context, sdk.LoginRequest, sdk.LoginUI) (sdk.Account, error)
	logout    func() ([]sdk.RemovedCredential, error)
	models    func() ([]sdk.Model, error)
	generate  func(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error)
	diagnose  func() ([]sdk.Check, error)
	drain     func(context.Context) error
}

func (f *fake) Info(context.Context) (sdk.Info, error) {
	if f.info != nil {
		return f.info()
	}
	return sdk.Info{Name: "fake", DisplayName: "Fake", Version: "1.2.3", Capabilities: []string{sdk.CapabilityTools}}, nil
}

func (f *fake) Configure(ctx context.Context, config sdk.Config) error {
	if f.configure != nil {
		return f.configure(config)
	}
	return f.Defaults.Configure(ctx, config)
}

func (f *fake) AuthStatus(_ context.Context, probe bool) (sdk.AuthStatus, error) {
	if f.auth != nil {
		return f.auth(probe)
	}
	return sdk.AuthStatus{State: sdk.AuthOK}, nil
}

func (f *fake) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	if f.login != nil {
		return f.login(ctx, request, ui)
	}
	return f.Defaults.Login(ctx, request, ui)
}

func (f *fake) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	if f.logout != nil {
		return f.logout()
	}
	return f.Defaults.Logout(ctx)
}

func (f *fake) ListModels(ctx context.Context) ([]sdk.Model, error) {
	if f.models != nil {
		return f.models()
	}
	return f.Defaults.ListModels(ctx)
}

func (f *fake) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	if f.diagnose != nil {
		return f.diagnose()
	}
	return f.Defaults.Diagnose(ctx)
}

func (f *fake) Drain(ctx context.Context) error {
	if f.drain != nil {
		return f.drain(ctx)
	}
	return f.Defaults.Drain(ctx)
}

// Generate answers nothing by default.
func (f *fake) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	if f.generate != nil {
		return f.generate(ctx, request, stream)
	}
	return sdk.Result{StopReason: sdk.StopEndTurn}, nil
}

// prompt is the text of the last message.
func prompt(request *sdk.Request) string {
	var text strings.Builder
	if n := len(request.Messages); n > 0 {
		for _, block := range request.Messages[n-1].Blocks {
			if b, ok := block.(sdk.Text); ok {
				text.WriteString(b.Text)
			}
		}
	}
	return text.String()
}

func ask(text string) *sdk.Request {
	return &sdk.Request{ID: "r1", Messages: []sdk.Message{{
		Role: sdk.RoleUser, Blocks: []sdk.Block{sdk.Text{Text: text}},
	}}}
}

// collector is a host's stream that keeps what comes.
type collector struct {
	events      []sdk.Event
	emit        func(sdk.Event) error
	answer      func(context.Context, sdk.PermissionRequest) (sdk.PermissionAnswer, error)
	interrupted chan struct{}
}

func (c *collector) Emit(event sdk.Event) error {
	if c.emit != nil {
		return c.emit(event)
	}
	c.events = append(c.events, event)
	return nil
}

func (c *collector) Ask(ctx context.Context, request sdk.PermissionRequest) (sdk.PermissionAnswer, error) {
	if c.answer != nil {
		return c.answer(ctx, request)
	}
	return sdk.PermissionAnswer{}, nil
}

func (c *collector) Interrupted() <-chan struct{} { return c.interrupted }

// text is all text that came.
func (c *collector) text() string {
	var text strings.Builder
	for _, event := range c.events {
		if delta, ok := event.(sdk.TextDelta); ok {
			text.WriteString(delta.Text)
		}
	}
	return text.String()
}
