package openai

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const (
	methodBrowser = "browser"
	methodDevice  = "device"
	// pasteLimit is how long a paste is still waited for when the browser has not
	// come back in time.
	pasteLimit = 10 * time.Minute
)

// Login logs in with the browser or with a code on another device, and stores the
// login in Codex's file; or it stores an API key in the plugin's own.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	method := request.Method
	if method == "" && request.RemoteShell && !request.CanOpenBrowser {
		method = methodDevice // no browser here can reach this machine
	}
	switch {
	case !request.APIKey.IsZero():
		return p.loginWithKey(ctx, request.APIKey)
	case method != "" && method != methodBrowser && method != methodDevice:
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: "there is no login method " + httpapi.Excerpt(method),
			Remedy: loginRemedy + " --method " + methodBrowser + ", or --method " + methodDevice,
		}
	case request.Headless:
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindInteractionRequired, Op: opLogin,
			Message: "logging in to OpenAI needs a person: in a browser, or with a code on another device",
			Remedy:  loginRemedy,
		}
	}
	at, err := authBase(p.configuration().Variables)
	if err != nil {
		return sdk.Account{}, err
	}
	l := &login{provider: p, at: at, ui: ui}
	if method == methodDevice {
		account, err := l.withDevice(ctx)
		if !errors.Is(err, errNoDeviceCodes) || request.Method == methodDevice {
			return account, loginError(ctx, err)
		}
		if err := ui.Notice(ctx, "This account or server has no login by code; the browser it is."); err != nil {
			return sdk.Account{}, err
		}
	}
	account, err := l.withBrowser(ctx, request)
	return account, loginError(ctx, err)
}

// login is one login under way.
type login struct {
	provider *Provider
	at       authPlace
	ui       sdk.LoginUI
}

var errLoginTime = errors.New("nobody answered in time")

// loginError gives an error the kind that decides the exit code. What the host said
// stays as it is.
func loginError(ctx context.Context, err error) error {
	var known *sdk.Error
	var denied *oauth.DeniedError
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.As(err, &denied):
		return deniedError(denied)
	case errors.Is(err, errNoDeviceCodes):
		return &sdk.Error{
			Kind: sdk.KindPermissionDenied, Op: opLogin, Message: err.Error(),
			Remedy: "switch device codes on in ChatGPT's security settings (or ask the workspace's admin), or: " + loginRemedy + " --method " + methodBrowser,
		}
	case ctx.Err() != nil:
		return httpapi.Cancelled(opLogin, context.Cause(ctx))
	case errors.Is(err, errLoginTime), errors.Is(err, oauth.ErrState), errors.Is(err, oauth.ErrNoCode), errors.Is(err, errBareCode):
		return &sdk.Error{Kind: sdk.KindUnauthenticated, Op: opLogin, Message: err.Error(), Remedy: loginRemedy}
	}
	return err
}

func deniedError(denied *oauth.DeniedError) error {
	e := &sdk.Error{Kind: sdk.KindPermissionDenied, Op: opLogin, Remedy: loginRemedy, Err: denied}
	if strings.Contains(strings.ToLower(denied.Code+" "+denied.Description), "missing_codex_entitlement") {
		e.Message, e.Remedy = "this workspace does not include Codex", "ask the workspace's admin, or log in with another account"
	}
	return e
}

// exchange asks for the tokens, once: whatever comes back, the code is spent.
func (l *login) exchange(ctx context.Context, code, verifier sdk.Secret, redirect string) (sdk.Account, error) {
	endpoint, err := l.provider.tokenEndpoint()
	if err != nil {
		return sdk.Account{}, err
	}
	err = l.ui.Progress(ctx, sdk.Progress{Text: "asking for the tokens", Deadline: time.Now().Add(oauth.DefaultLimit)})
	if err != nil {
		return sdk.Account{}, err
	}
	parameters := oauth.Parameters{"code": code, "code_verifier": verifier}
	parameters.Set("grant_type", "authorization_code").Set("client_id", clientID).Set("redirect_uri", redirect)
	token, err := endpoint.Request(ctx, parameters)
	if err != nil {
		return sdk.Account{}, l.provider.tokenError(opLogin, err)
	}
	c := credential{source: l.provider.places().codex.path()}.renewed(token, l.provider.clock.Now())
	if c.mode != modeChatGPT {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindUnauthenticated, Op: opLogin, Message: "the vendor sent neither a refresh token nor an id token", Remedy: loginRemedy,
		}
	}
	return l.store(ctx, c)
}
