package claude

import (
	"context"
	"errors"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const (
	opLogin = "login"
	// loginLimit is how long a login waits for its answer: the page's code does not
	// live longer.
	loginLimit = 10 * time.Minute
	// wrongPastes is how often somebody may paste something that is no code.
	wrongPastes = 3

	methodBrowser  = "browser"
	methodKeychain = "keychain"
)

// Login logs in with the browser, or stores an API key, in auth.json.
func (p *Provider) Login(ctx context.Context, request sdk.LoginRequest, ui sdk.LoginUI) (sdk.Account, error) {
	switch {
	case !request.APIKey.IsZero():
		return p.loginWithKey(ctx, request.APIKey, ui)
	case request.Method == methodKeychain:
		return p.loginWithKeychain(ctx, request, ui)
	case request.Method != "" && request.Method != methodBrowser:
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindConfiguration, Op: opLogin, Message: "there is no login method " + httpapi.Excerpt(request.Method),
			Remedy: loginRemedy,
		}
	case request.Headless:
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindInteractionRequired, Op: opLogin,
			Message: "logging in to Claude needs a terminal, to paste what the browser shows",
			Remedy:  loginRemedy,
		}
	}
	at, err := authBase(p.configuration().Variables.Get(authVariable))
	if err != nil {
		return sdk.Account{}, err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, loginLimit, errLoginTime)
	defer cancel()
	l := &browserLogin{at: at, ui: ui, pkce: oauth.NewPKCE(), state: oauth.NewState()}
	answer, redirect, err := l.answer(ctx, request)
	if err != nil {
		return sdk.Account{}, loginError(err)
	}
	return p.exchangeCode(ctx, l, answer, redirect)
}

var errLoginTime = errors.New("nobody answered within " + loginLimit.String())

// loginError leaves what the host said as it is.
func loginError(err error) error {
	var known *sdk.Error
	var denied *oauth.DeniedError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &denied):
		return &sdk.Error{Kind: sdk.KindPermissionDenied, Op: opLogin, Remedy: loginRemedy, Err: denied}
	case errors.Is(err, errLoginTime), errors.Is(err, oauth.ErrState), errors.Is(err, oauth.ErrNoCode):
		return &sdk.Error{
			Kind: sdk.KindUnauthenticated, Op: opLogin, Message: err.Error(), Remedy: loginRemedy,
		}
	}
	return err
}

// exchangeCode asks for the tokens, once: whatever comes back, the code is spent.
func (p *Provider) exchangeCode(ctx context.Context, l *browserLogin, answer oauth.Answer, redirect string) (sdk.Account, error) {
	parameters := oauth.Parameters{"code": answer.Code, "code_verifier": l.pkce.Verifier}
	parameters.Set("grant_type", "authorization_code").Set("redirect_uri", redirect).
		Set("client_id", clientID).Set("state", l.state)
	token, err := p.tokenEndpoint(l.at).Request(ctx, parameters)
	if err != nil {
		return sdk.Account{}, tokenError(opLogin, err)
	}
	if !mayInfer(token) {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindPermissionDenied, Op: opLogin,
			Message: "this account's login does not include the use of models (" + inferenceScope + ")",
			Remedy:  "log in with an account that has a Claude plan, or use an API key (" + keyVariable + ")",
		}
	}
	c := oauthCredential(p.ownFile(), fromOwnFile, "")
	c.take(token, p.clock.Now())
	c.account = accountOf(token)
	profile := p.profile(ctx, l.at, c)
	c.plan, c.account = profile.plan, firstOf(c.account, profile.account)
	fields := tokenFields(c)
	fields["type"], fields["email"], fields["subscription_type"] = "oauth", c.account, c.plan
	return p.store(ctx, c, fields, l.ui)
}

func accountOf(token oauth.Token) string {
	var account struct {
		Email credfile.Text `json:"email_address"`
	}
	var organization struct {
		Name credfile.Text `json:"name"`
	}
	token.Field("account", &account)
	token.Field("organization", &organization)
	return httpapi.Excerpt(firstOf(string(account.Email), string(organization.Name)))
}
