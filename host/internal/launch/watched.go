package launch

import (
	"context"
	"errors"
	"sync/atomic"

	"github.com/jcode-go/jcode/sdk"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// watched is the provider of a process. It remembers that a call lost the
// connection: gRPC's own state and the end of the process are noticed later, and
// the caller must not be given the same process again.
type watched struct {
	provider sdk.Provider
	lost     atomic.Bool
}

var _ sdk.Provider = (*watched)(nil)

func (w *watched) note(err error) error {
	var lost *sdkplugin.TransportError
	if errors.As(err, &lost) {
		w.lost.Store(true)
	}
	var told *sdk.Error
	if errors.As(err, &told) { // it goes to terminals, to logs, and into sessions
		told.Op, told.Message, told.Remedy = oneLine(told.Op), oneLine(told.Message), oneLine(told.Remedy)
	}
	return err
}

func (w *watched) Info(ctx context.Context) (sdk.Info, error) {
	info, err := w.provider.Info(ctx)
	return info, w.note(err)
}

func (w *watched) Configure(ctx context.Context, config sdk.Config) error {
	return w.note(w.provider.Configure(ctx, config))
}

func (w *watched) AuthStatus(ctx context.Context, probe bool) (sdk.AuthStatus, error) {
	status, err := w.provider.AuthStatus(ctx, probe)
	return status, w.note(err)
}

func (w *watched) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	account, err := w.provider.Login(ctx, request, ui)
	return account, w.note(err)
}

func (w *watched) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	removed, err := w.provider.Logout(ctx)
	return removed, w.note(err)
}

func (w *watched) ListModels(ctx context.Context) ([]sdk.Model, error) {
	models, err := w.provider.ListModels(ctx)
	return models, w.note(err)
}

func (w *watched) Generate(ctx context.Context, request *sdk.Request, stream sdk.Stream) (sdk.Result, error) {
	result, err := w.provider.Generate(ctx, request, stream)
	return result, w.note(err)
}

func (w *watched) Diagnose(ctx context.Context) ([]sdk.Check, error) {
	checks, err := w.provider.Diagnose(ctx)
	return checks, w.note(err)
}

func (w *watched) Drain(ctx context.Context) error { return w.note(w.provider.Drain(ctx)) }
