package openai

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
)

// loginWithKey stores an API key in the plugin's own folder: in Codex's file it
// would change what the codex program pays with. It is not tried out: that could
// cost something.
func (p *Provider) loginWithKey(ctx context.Context, key sdk.Secret) (sdk.Account, error) {
	text := strings.TrimSpace(key.Reveal())
	c := keyCredential("", text)
	fault := ""
	switch {
	case !httpapi.HeaderSafe(text):
		fault = "what came is no API key"
	case c.oauth:
		fault = "this is the token of a ChatGPT login, not an API key"
	}
	path := p.places().own
	if fault == "" && path == "" {
		fault = "the plugin has no folder of its own to keep the key in"
	}
	if fault != "" {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: fault, Remedy: "create a key at https://platform.openai.com/api-keys",
		}
	}
	if err := updateOwn(context.WithoutCancel(ctx), path, map[string]any{ownKeyField: text}); err != nil {
		return sdk.Account{}, notStored(path, err)
	}
	return sdk.Account{Stored: path}, nil
}

func notStored(path string, err error) error {
	return &sdk.Error{
		Kind: sdk.KindConfiguration, Op: opLogin, Message: "the login worked and could not be stored",
		Remedy: "make " + path + " writable and log in again", Err: err,
	}
}

// store puts a new login into Codex's file, in place of the former one. It ends what
// jcode knew of that: a key of its own, which would go before it, and a refusal.
func (l *login) store(ctx context.Context, c credential) (sdk.Account, error) {
	at := l.provider.places()
	path := at.codex.path()
	if path == "" {
		return sdk.Account{}, &sdk.Error{Kind: sdk.KindConfiguration, Op: opLogin, Message: "there is no home folder"}
	}
	ctx = context.WithoutCancel(ctx) // the login is made; half of it is none
	aside := ""
	options := append(at.codex.committing(), credfile.OnSetAside(func(moved string) { aside = moved }))
	err := credfile.Update(ctx, path, func(doc *credfile.Document) error {
		if former, _ := readAuthFile(doc, path); former.accountID != c.accountID {
			for _, name := range doc.Keys(tokensField) {
				doc.Delete(tokensField, name) // the rest of another account's login
			}
		}
		if doc.Keys(tokensField) == nil {
			doc.Delete(tokensField) // is no object, so that nothing can be put into it
		}
		return putLogin(doc, c, l.provider.clock.Now())
	}, options...)
	if aside != "" {
		_ = l.ui.Notice(ctx, path+" could not be parsed; what was in it is now in "+aside) // the login goes on
	}
	if err != nil {
		return sdk.Account{}, notStored(path, err)
	}
	err = updateOwn(ctx, at.own, map[string]any{
		ownKeyField: nil, ownRefusedField: nil, ownAccountField: firstOf(c.accountID, unknownAccount),
	})
	if err != nil {
		return sdk.Account{}, notStored(at.own, err)
	}
	if c.id.IsZero() {
		_ = l.ui.Notice(ctx, "The vendor sent no id token: jcode works, the codex program will not know this login.")
	}
	return sdk.Account{Label: c.account, Plan: c.plan, Stored: path}, nil
}

// Logout removes the key and the login that jcode stored. A login that codex made
// stays, and is said to be there.
func (p *Provider) Logout(ctx context.Context) ([]sdk.RemovedCredential, error) {
	at := p.places()
	own := readOwn(ctx, at.own)
	var removed []sdk.RemovedCredential
	login, reason := lookCodex(ctx, at)
	login.source = at.codex.path()
	foreign := reason == "" && login.oauth && !own.stored(login)
	if reason == "" && login.oauth && !foreign {
		if err := removeLogin(ctx, at.codex, &removed); err != nil {
			return nil, &sdk.Error{Kind: sdk.KindConfiguration, Op: "logout", Message: "the login is still stored", Err: err}
		}
		p.revoke(ctx, login)
	}
	if own.Key != "" {
		removed = append(removed, sdk.RemovedCredential{Path: at.own, Entry: ownKeyField})
	}
	if _, err := os.Stat(at.own); at.own != "" && !errors.Is(err, fs.ErrNotExist) {
		err := updateOwn(ctx, at.own, map[string]any{ownKeyField: nil, ownAccountField: nil, ownRefusedField: nil})
		if err != nil {
			return removed, &sdk.Error{Kind: sdk.KindConfiguration, Op: "logout", Message: "the key is still stored", Err: err}
		}
	}
	if foreign && len(removed) == 0 {
		return nil, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: "logout",
			Message: login.what() + " was made by codex, which logs out by itself", Remedy: "codex logout",
		}
	}
	return removed, nil
}

// removeLogin takes the login out of Codex's file and leaves the rest.
func removeLogin(ctx context.Context, at place, removed *[]sdk.RemovedCredential) error {
	return credfile.Update(ctx, at.path(), func(doc *credfile.Document) error {
		for _, field := range []string{tokensField, lastRefreshField} {
			if doc.Delete(field) {
				*removed = append(*removed, sdk.RemovedCredential{Path: at.path(), Entry: field})
			}
		}
		var mode credfile.Text
		if _, err := doc.Decode(&mode, authModeField); err == nil && mode == authModeChatGPT {
			doc.Delete(authModeField)
		}
		return nil
	}, at.committing()...)
}

// revokeLimit bounds the word to the vendor that a login has ended: it is a
// courtesy, and logging out does not wait for it.
const revokeLimit = 3 * time.Second

// revoke tells the vendor that the tokens are no longer used. An error changes
// nothing: they are gone here.
func (p *Provider) revoke(ctx context.Context, c credential) {
	at, err := authBase(p.configuration().Variables)
	client, clientErr := p.httpClient()
	if err != nil || clientErr != nil || c.refresh.IsZero() {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, revokeLimit)
	defer cancel()
	form := url.Values{"token": {c.refresh.Reveal()}, "token_type_hint": {"refresh_token"}, "client_id": {clientID}}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, at.revoke(), strings.NewReader(form.Encode()))
	if err != nil {
		return
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("User-Agent", p.userAgent())
	if response, err := client.Do(request); err == nil {
		_ = response.Body.Close() // nothing of it matters
	}
}
