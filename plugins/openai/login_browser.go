package openai

import (
	"context"
	"errors"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// wrongPastes is how often somebody may paste something that is no answer.
const wrongPastes = 3

// errBareCode is for a pasted code without its state: nobody can tell whose it is.
var errBareCode = errors.New("a code alone could be anybody's: paste the whole address that the browser ended at")

// browserLogin is one login with the vendor's page.
type browserLogin struct {
	*login
	pkce     oauth.PKCE
	state    string
	redirect redirect
	callback *oauth.Callback // nil when the port cannot be had
	limit    time.Duration   // how long the browser is waited for
}

// withBrowser shows the page and waits for its answer: through the browser, or
// pasted, whichever is first.
func (l *login) withBrowser(ctx context.Context, request sdk.LoginRequest) (account sdk.Account, err error) {
	wanted, err := parseRedirect(l.provider.configuration().Variables.Get(redirectVariable))
	if err != nil {
		return sdk.Account{}, err
	}
	limit, err := duration(l.provider.configuration().Settings, "login_timeout", defaultLoginTimeout)
	if err != nil {
		return sdk.Account{}, err
	}
	b := &browserLogin{login: l, pkce: oauth.NewPKCE(), state: oauth.NewState(), limit: limit}
	callback, used, listenErr := wanted.listen(ctx, b.state)
	b.redirect = used
	if listenErr == nil {
		b.callback = callback
		defer func() {
			callback.Finish(err)
			_ = callback.Close()
		}()
	} else if err := l.ui.Notice(ctx, wanted.trouble(listenErr)); err != nil {
		return sdk.Account{}, err
	}
	if err := b.show(ctx, request); err != nil {
		return sdk.Account{}, err
	}
	answer, err := b.answer(ctx)
	if err != nil {
		return sdk.Account{}, err
	}
	return l.exchange(ctx, answer.Code, b.pkce.Verifier, b.redirect.text)
}

// show prints the page's address before anything else can go wrong, then says where
// the browser must come back to.
func (b *browserLogin) show(ctx context.Context, request sdk.LoginRequest) error {
	page, err := oauth.AuthorizeURL(b.at.authorize(), oauth.Authorization{
		ClientID: clientID, Redirect: b.redirect.text, Scope: loginScopes, Challenge: b.pkce.Challenge, State: b.state,
		More: map[string]string{
			"id_token_add_organizations": "true", "codex_cli_simplified_flow": "true", "originator": originator,
		},
	})
	if err != nil {
		return err
	}
	opened, err := b.ui.OpenURL(ctx, sdk.OpenURL{URL: page, Purpose: "log in to OpenAI"})
	if err != nil {
		return err
	}
	if b.callback != nil {
		if err := b.ui.CallbackListening(ctx, sdk.Callback{Address: b.callback.Address(), URL: b.redirect.text}); err != nil {
			return err
		}
	}
	if !opened && request.RemoteShell {
		if err := b.ui.Notice(ctx, "A browser on another machine cannot reach this one: when it shows an error at "+b.redirect.host+
			", paste the address from its address line here."); err != nil {
			return err
		}
	}
	if hint := b.redirect.hint(); hint != "" {
		return b.ui.Notice(ctx, hint)
	}
	return nil
}

// answer waits for the browser as long as the setting says, and then for a paste
// alone, having said what may be wrong.
func (b *browserLogin) answer(ctx context.Context) (oauth.Answer, error) {
	if b.callback != nil {
		answer, err := b.await(ctx, "waiting for the browser at "+b.redirect.text, b.limit, b.race)
		if !errors.Is(err, errLoginTime) {
			return answer, b.accept(answer, err)
		}
		_ = b.callback.Close() // a browser that comes now must not be told that all is well
		if err := b.ui.Notice(ctx, b.late()); err != nil {
			return oauth.Answer{}, err
		}
	}
	answer, err := b.await(ctx, "waiting for the address to be pasted", pasteLimit, b.paste)
	if sdk.KindOf(err) == sdk.KindInteractionRequired && b.callback != nil {
		return oauth.Answer{}, errLoginTime
	}
	return answer, b.accept(answer, err)
}

func (b *browserLogin) race(ctx context.Context) (oauth.Answer, error) {
	return oauth.Race(ctx, b.callback, b.paste)
}

// await waits for no longer than the limit, which is shown; after that the error is
// errLoginTime.
func (b *browserLogin) await(ctx context.Context, what string, limit time.Duration, wait func(context.Context) (oauth.Answer, error)) (oauth.Answer, error) {
	waiting, cancel := context.WithTimeoutCause(ctx, limit, errLoginTime)
	defer cancel()
	if err := b.ui.Progress(ctx, sdk.Progress{Text: what, Deadline: time.Now().Add(limit)}); err != nil {
		return oauth.Answer{}, err
	}
	answer, err := wait(waiting)
	if err != nil && ctx.Err() == nil && errors.Is(context.Cause(waiting), errLoginTime) {
		return oauth.Answer{}, errLoginTime
	}
	return answer, err
}

func (b *browserLogin) late() string {
	text := "No answer came from the browser. Port " + portOf(b.redirect) + " must be free and the browser must reach " + b.redirect.text +
		" on this machine. Paste the address that the browser ended at, or stop and log in again."
	if hint := b.redirect.hint(); hint != "" {
		text += "\n" + hint
	}
	return text
}

// accept checks the state of an answer, also of one that was pasted.
func (b *browserLogin) accept(answer oauth.Answer, err error) error {
	if err != nil {
		return err
	}
	return answer.CheckState(b.state)
}

// paste asks until something comes that is an answer to this login.
func (b *browserLogin) paste(ctx context.Context) (oauth.Answer, error) {
	for try := 1; ; try++ {
		text, err := b.ui.Prompt(ctx, sdk.Prompt{Label: "Or paste the address that the browser ended at", Secret: true})
		if err != nil {
			return oauth.Answer{}, err
		}
		answer, err := parsePaste(text.Reveal(), b.state)
		var denied *oauth.DeniedError
		if err == nil || errors.As(err, &denied) || try == wrongPastes {
			return answer, err
		}
		if err := b.ui.Notice(ctx, pasteHint(err)); err != nil {
			return oauth.Answer{}, err
		}
	}
}

// parsePaste reads an address or its query, which must bear this login's state.
func parsePaste(text, state string) (oauth.Answer, error) {
	answer, err := oauth.ParseAnswer(cleanPaste(text))
	if err != nil && !errors.As(err, new(*oauth.DeniedError)) {
		return oauth.Answer{}, err
	}
	if answer.State == "" {
		return oauth.Answer{}, errBareCode
	}
	if stateErr := answer.CheckState(state); stateErr != nil {
		return oauth.Answer{}, stateErr
	}
	return answer, err
}

func pasteHint(err error) string {
	switch {
	case errors.Is(err, oauth.ErrState):
		return "This address is from an earlier login. Use the page printed above."
	case errors.Is(err, errBareCode):
		return "A code alone is not enough. Paste the whole address, with code= and state= in it."
	}
	return "This is not the address of an answer. It begins with http://localhost and holds code= and state=."
}
