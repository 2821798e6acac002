package claude

import (
	"context"
	"errors"
	"strings"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/oauth"
)

// browserLogin is one login with the vendor's page.
type browserLogin struct {
	at       authPlace
	ui       sdk.LoginUI
	pkce     oauth.PKCE
	state    string
	callback *oauth.Callback // nil when only a paste can come
}

// answer gets the page's answer and the redirect that it belongs to. With a
// browser on this machine the page comes back by itself, or its address can be
// pasted; without one the page shows a code to paste. The two pages differ in
// the redirect alone.
func (l *browserLogin) answer(ctx context.Context, request sdk.LoginRequest) (oauth.Answer, string, error) {
	redirect := l.at.codePage
	if request.CanOpenBrowser && !request.RemoteShell {
		if callback, err := oauth.Listen(ctx, oauth.ListenOptions{State: l.state}); err == nil { // else by paste
			defer func() { _ = callback.Close() }()
			l.callback, redirect = callback, callback.URL()
		}
	}
	opened, err := l.show(ctx, redirect)
	if err != nil {
		return oauth.Answer{}, "", err
	}
	if l.callback != nil && !opened {
		if err := l.ui.Notice(ctx, "No browser was opened: one on this machine works with the address above."); err != nil {
			return oauth.Answer{}, "", err
		}
	}
	answer, err := oauth.Race(ctx, l.callback, l.paste)
	if err != nil {
		return oauth.Answer{}, "", err
	}
	return answer, l.redirectOf(answer), answer.CheckState(l.state)
}

// show prints the page's address, and the address for another machine's browser
// when the first one only works here.
func (l *browserLogin) show(ctx context.Context, redirect string) (opened bool, err error) {
	if l.callback != nil {
		other, err := l.page(l.at.codePage)
		if err != nil {
			return false, err
		}
		if err := l.ui.Notice(ctx, "With a browser on another machine, visit this and paste the code it shows:\n\n  "+other+"\n"); err != nil {
			return false, err
		}
	}
	page, err := l.page(redirect)
	if err != nil {
		return false, err
	}
	opened, err = l.ui.OpenURL(ctx, sdk.OpenURL{URL: page, Purpose: "log in to Claude"})
	if err != nil || l.callback == nil {
		return opened, err
	}
	return opened, l.ui.CallbackListening(ctx, sdk.Callback{Address: l.callback.Address(), URL: l.callback.URL()})
}

func (l *browserLogin) page(redirect string) (string, error) {
	return oauth.AuthorizeURL(l.at.authorize, oauth.Authorization{
		ClientID: clientID, Redirect: redirect, Scope: loginScopes, Challenge: l.pkce.Challenge, State: l.state,
		More: map[string]string{"code": "true"}, // without it the page answers 403
	})
}

// paste asks until something comes that is a code of this login.
func (l *browserLogin) paste(ctx context.Context) (oauth.Answer, error) {
	for try := 1; ; try++ {
		text, err := l.ui.Prompt(ctx, sdk.Prompt{Label: "Paste the code, or the address the browser ended at", Secret: true})
		if err != nil {
			return oauth.Answer{}, err
		}
		answer, err := oauth.ParseAnswer(text.Reveal())
		var denied *oauth.DeniedError
		if errors.As(err, &denied) && answer.CheckState(l.state) == nil {
			return answer, err
		}
		if err == nil {
			err = answer.CheckState(l.state)
		}
		if err == nil || try == wrongPastes {
			return answer, err
		}
		if err := l.ui.Notice(ctx, pasteHint(err)); err != nil {
			return oauth.Answer{}, err
		}
	}
}

func pasteHint(err error) string {
	if errors.Is(err, oauth.ErrState) {
		return "This code is from an earlier login. Use the address printed above."
	}
	return "This is no code. The page shows one after you agree; paste all of it."
}

// redirectOf is the redirect that an answer came by: the exchange must repeat it.
// A code with its state, as the page shows it, came by the page.
func (l *browserLogin) redirectOf(answer oauth.Answer) string {
	if l.callback != nil && strings.TrimSuffix(answer.Redirect, "/") == l.callback.URL() {
		return l.callback.URL()
	}
	return l.at.codePage
}
