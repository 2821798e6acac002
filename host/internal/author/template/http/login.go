package acmename

import (
	"context"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// Login asks for the API key, tries it and stores it. A key on standard input
// (jcode login --with-api-key) is not asked for.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	key := request.APIKey
	if key.IsZero() {
		if request.Headless {
			return sdk.Account{}, &sdk.Error{
				Kind: sdk.KindInteractionRequired, Op: "login", Message: "nobody can type the key here",
				Remedy: loginCommand + " --with-api-key < FILE",
			}
		}
		var err error
		if key, err = ui.Prompt(ctx, sdk.Prompt{Label: displayName + " API key", Secret: true}); err != nil {
			return sdk.Account{}, err
		}
	}
	if key.IsZero() || !httpapi.HeaderSafe(key.Reveal()) {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindUnauthenticated, Op: "login", Message: "this is no API key", Remedy: loginCommand}
	}
	account, err := p.account(ctx, key)
	if err != nil {
		return sdk.Account{}, err
	}
	err = credfile.Update(ctx, p.keyFile(), func(document *credfile.Document) error {
		return document.Set(key.Reveal(), "api_key")
	})
	if err != nil {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: "store credentials", Err: err}
	}
	return sdk.Account{Label: account, Stored: p.keyFile()}, nil
}

// Logout removes what Login stored, and nothing else.
func (p *Provider) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	stored, err := p.storedKey(ctx)
	if err != nil || stored == "" {
		return nil, err
	}
	err = credfile.Update(ctx, p.keyFile(), func(document *credfile.Document) error {
		document.Delete("api_key")
		return nil
	})
	return []sdk.RemovedCredential{{Path: p.keyFile(), Entry: "api_key"}}, err
}
