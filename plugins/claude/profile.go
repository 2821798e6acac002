package claude

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// profileLimit bounds the question who logged in, which no login waits for.
const profileLimit = 5 * time.Second

type profile struct{ account, plan string }

// profile asks the vendor for the labels of an account. It is a help and never an
// error. A token of one installation is not shown to another: either both the
// login and the API are the vendor's, or neither is.
func (p *Provider) profile(ctx context.Context, at authPlace, c credential) profile {
	e, err := parseEndpoint(p.baseURL())
	if err != nil || e.custom != at.custom || e.admits(c) != nil {
		return profile{}
	}
	ctx, cancel := context.WithTimeout(ctx, profileLimit)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, e.base+"/api/oauth/profile", nil)
	if err != nil {
		return profile{}
	}
	request.Header.Set("User-Agent", "jcode/"+p.version)
	request.Header.Set("Accept", "application/json")
	c.authorize(request.Header)
	response, err := p.client().Do(request)
	if err != nil {
		return profile{}
	}
	defer func() { _ = response.Body.Close() }() // it was read
	var wire struct {
		Account      struct{ Email label }
		Organization struct {
			Type label `json:"organization_type"`
		}
	}
	if response.StatusCode != http.StatusOK || json.NewDecoder(io.LimitReader(response.Body, maxErrorBody)).Decode(&wire) != nil {
		return profile{}
	}
	return profile{account: excerpt(string(wire.Account.Email)), plan: excerpt(planOf(string(wire.Organization.Type)))}
}

// loginWithKeychain takes the access token of Claude Code's login out of the
// system's keychain, and only that: the login stays Claude Code's, which alone
// renews it. It may make the system ask, so that nothing but this explicit method
// does it.
func (p *Provider) loginWithKeychain(ctx context.Context, ui sdk.LoginUI) (sdk.Account, error) {
	text, err := readKeychain(ctx, p.configuration().Variables.Get(configDirVariable))
	if err != nil {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindUnauthenticated, Op: opLogin, Message: "the keychain has no login of Claude Code",
			Remedy: loginRemedy, Err: err,
		}
	}
	c, reason := readTokenVariable(text)
	if reason == "" {
		reason = c.fault(p.clock.now())
	}
	if reason != "" {
		return sdk.Account{}, &sdk.Error{
			Kind: sdk.KindUnauthenticated, Op: opLogin, Message: "the login in the keychain " + reason, Remedy: loginRemedy,
		}
	}
	fields := tokenFields(c)
	fields["type"], fields["subscription_type"] = "oauth", c.plan
	return p.store(ctx, c, fields, ui)
}
