package claude

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
	"github.com/jcode-go/jcode/sdk/renewal"
)

// tokenEndpoint speaks JSON and names us honestly: the vendor refuses its own
// program's name here.
func (p *Provider) tokenEndpoint(at authPlace) oauth.Endpoint {
	return oauth.Endpoint{URL: at.token, UserAgent: "jcode/" + p.version, Client: p.client()}
}

// refreshTokens spends the refresh token of our own login. A grant from before
// the present scopes is asked for again without them.
func (p *Provider) refreshTokens(ctx context.Context, at authPlace, old credential) (credential, error) {
	parameters := oauth.Parameters{"refresh_token": old.refresh}
	parameters.Set("grant_type", "refresh_token").Set("client_id", clientID).Set("scope", refreshScopes)
	token, err := p.tokenEndpoint(at).Request(ctx, parameters)
	var refused *oauth.RefusedError
	if errors.As(err, &refused) && refused.Code == "invalid_scope" {
		delete(parameters, "scope")
		token, err = p.tokenEndpoint(at).Request(ctx, parameters)
	}
	if err != nil {
		return credential{}, err
	}
	fresh := old
	fresh.take(token, p.clock.Now())
	return fresh, nil
}

// take puts the tokens of an answer into a credential. A refresh token that did
// not come is the old one.
func (c *credential) take(token oauth.Token, now time.Time) {
	c.secret, c.expires, c.refused = token.Access, token.ExpiresAt(now), false
	if !token.Refresh.IsZero() {
		c.refresh = token.Refresh
	}
	if len(token.Scopes) > 0 {
		c.scopes = token.Scopes
	}
}

// mayInfer checks the scope where the vendor said one.
func mayInfer(token oauth.Token) bool {
	return len(token.Scopes) == 0 || slices.Contains(token.Scopes, inferenceScope)
}

// refreshError says what a failed renewal means: a refused login and a blocked
// network need different things of the user.
func refreshError(ctx context.Context, old credential, err error) error {
	var known *sdk.Error
	var timeout *credfile.LockTimeoutError
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
		return httpapi.Cancelled(opRefresh, context.Cause(ctx))
	case errors.Is(err, renewal.ErrRefused):
		return ended("the vendor refused to renew "+old.what(), nil)
	case errors.As(err, &timeout):
		return &sdk.Error{
			Kind: sdk.KindNetwork, Op: opRefresh, Retryable: true,
			Message: "another jcode has been renewing the login for " + timeout.Limit.String(), Remedy: "try again",
		}
	}
	return tokenError(opRefresh, err)
}

// tokenError makes the error of a request to the token endpoint.
func tokenError(op string, err error) error {
	out := &sdk.Error{Kind: sdk.KindInternal, Op: op, Err: err}
	var refused *oauth.RefusedError
	var blocked *oauth.BlockedError
	var network *oauth.NetworkError
	switch {
	case errors.As(err, &refused):
		out.HTTPStatus = refused.Status
		out.Kind, out.Message, out.Remedy = refusedKind(op, refused)
		out.Retryable = out.Kind == sdk.KindOverloaded
		out.Err = refused
	case errors.As(err, &blocked):
		out.Kind, out.HTTPStatus, out.Err = sdk.KindNetwork, blocked.Status, blocked
		out.Message, out.Remedy = "this is the network, not the login", "use another network, or set HTTPS_PROXY"
	case errors.As(err, &network):
		out.Kind, out.Retryable, out.Err = sdk.KindNetwork, true, network
	}
	return out
}

func refusedKind(op string, refused *oauth.RefusedError) (kind sdk.Kind, message, remedy string) {
	switch {
	case refused.Status >= http.StatusInternalServerError:
		return sdk.KindOverloaded, "logging in does not work just now", "try again later"
	case refused.Status == http.StatusTooManyRequests, refused.Status == http.StatusNotFound:
		return sdk.KindRateLimited, "logging in is refused to this program; waiting may not help", policyRemedy
	case op == opLogin: // a code is good for one try, and not for long
		return sdk.KindUnauthenticated, "the code was not accepted", loginRemedy
	}
	return sdk.KindUnauthenticated, "the login has ended", loginRemedy
}

// planOf is the short name of a plan: "max" of "claude_max".
func planOf(kind string) string { return strings.TrimPrefix(strings.TrimSpace(kind), "claude_") }
