package claude

import (
	"context"
	"errors"
	"io/fs"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// loginWithKey stores an API key, which then counts like a login of our own. It
// is not tried out: that could cost something.
func (p *Provider) loginWithKey(ctx context.Context, key sdk.Secret, ui sdk.LoginUI) (sdk.Account, error) {
	text := strings.TrimSpace(key.Reveal())
	fault := ""
	switch {
	case !httpapi.HeaderSafe(text) || text == "":
		fault = "what came is no API key"
	case strings.HasPrefix(text, "sk-ant-o"):
		fault = "this is a token of a login, not an API key; set it as " + oauthVariable + ", or log in"
	}
	if fault != "" {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: fault, Remedy: "create a key at https://platform.claude.com",
		}
	}
	return p.store(ctx, keyCredential(p.ownFile(), fromOwnFile, text), map[string]any{"type": "api", "key": text}, ui)
}

func (p *Provider) ownFile() string { return placesOf(p.configuration(), "").own }

// store replaces our whole entry, so that nothing of a former login survives.
func (p *Provider) store(ctx context.Context, c credential, fields map[string]any, ui sdk.LoginUI) (sdk.Account, error) {
	path := p.ownFile()
	if path == "" {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: opLogin, Message: "there is no home folder"}
	}
	for name, value := range fields {
		if value == "" {
			delete(fields, name)
		}
	}
	aside := ""
	err := credfile.Update(context.WithoutCancel(ctx), path, func(doc *credfile.Document) error {
		return doc.Set(fields, ownKey)
	}, credfile.OnSetAside(func(moved string) { aside = moved }))
	if aside != "" {
		_ = ui.Notice(ctx, path+" could not be parsed; what was in it is now in "+aside) // the login goes on
	}
	if err != nil {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: "the login worked and could not be stored",
			Remedy: "make " + path + " writable and log in again", Err: err,
		}
	}
	return sdk.Account{Label: c.account, Plan: c.plan, Stored: path}, nil
}

const opLogout = "logout"

// Logout removes our own entries, and nothing of another program or provider. A
// file that cannot be read, or holds no JSON, is left as it is and is an error: the
// login in it would still be there.
func (p *Provider) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	path := p.ownFile()
	if path == "" {
		return nil, nil
	}
	doc, _, err := credfile.Read(ctx, path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil: // it may well hold our login
		return nil, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogout, Message: "what is in " + path + " cannot be told, and stays there",
			Remedy: "mend or remove " + path, Err: err,
		}
	case !hasOwn(doc):
		return nil, nil
	}
	var removed []sdk.RemovedCredential
	err = credfile.Update(ctx, path, func(doc *credfile.Document) error {
		for _, key := range ownKeys {
			if doc.Delete(key) {
				removed = append(removed, sdk.RemovedCredential{Path: path, Entry: key})
			}
		}
		return nil
	})
	if err != nil {
		return nil, &sdk.Error{Kind: sdk.KindConfiguration, Op: opLogout, Message: "the login is still stored", Err: err}
	}
	return removed, nil
}

func hasOwn(doc *credfile.Document) bool {
	for _, key := range ownKeys {
		if _, ok := doc.Get(key); ok {
			return true
		}
	}
	return false
}
