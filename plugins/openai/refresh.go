package openai

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/oauth"
	"github.com/jcode-go/jcode/sdk/renewal"
)

// renewer returns the one that renews the login in Codex's file.
func (p *Provider) renewer() *renewal.Renewer[credential] {
	at := p.places()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.renews == nil {
		p.renews = p.newRenewer(at)
	}
	return p.renews
}

func (p *Provider) newRenewer(at places) *renewal.Renewer[credential] {
	path := at.codex.path()
	return &renewal.Renewer[credential]{
		Path: path, Options: []credfile.Option{at.codex.renewing()}, Now: p.clock.Now,
		Load: func(doc *credfile.Document) (credential, error) {
			c, reason := readAuthFile(doc, path)
			if reason == "" && c.secret.IsZero() {
				reason = "logged out"
			}
			if reason != "" {
				return credential{}, ended("the login in " + path + " is gone: " + reason)
			}
			return c, nil
		},
		Ask: p.refreshTokens,
		Store: func(ctx context.Context, _ *credfile.Document, old, fresh credential) error {
			return commit(ctx, at.codex, old, fresh, p.clock.Now())
		},
		Refuse: func(ctx context.Context, _ *credfile.Document, old credential) error {
			return updateOwn(ctx, at.own, map[string]any{ownRefusedField: renewal.Fingerprint(old.refresh)})
		},
		Refused: func(ctx context.Context, old credential) bool {
			return readOwn(ctx, at.own).hasRefused(old)
		},
	}
}

// commit stores renewed tokens under Codex's own locks, in what the file is by
// then. If somebody logged in anew meanwhile, that login stays: ours serves this
// process only.
func commit(ctx context.Context, at place, old, fresh credential, now time.Time) error {
	return credfile.Update(ctx, at.path(), func(doc *credfile.Document) error {
		if current, _ := readAuthFile(doc, at.path()); !current.refresh.IsZero() && !current.refresh.Equal(old.refresh) {
			return nil
		}
		return putLogin(doc, fresh, now)
	}, at.committing()...)
}

// tokenEndpoint names us honestly: the default names of libraries are challenged
// by the vendor's network.
func (p *Provider) tokenEndpoint() (oauth.Endpoint, error) {
	at, err := authBase(p.configuration().Variables)
	if err != nil {
		return oauth.Endpoint{}, err
	}
	client, err := p.httpClient()
	return oauth.Endpoint{URL: at.token(), Form: true, UserAgent: p.userAgent(), Client: client}, err
}

const (
	refreshTries = 3
	reusedWait   = 300 * time.Millisecond
)

// refreshTokens spends a refresh token. What does not reach the vendor, or finds it
// overloaded, is tried again: the token is unspent then.
func (p *Provider) refreshTokens(ctx context.Context, old credential) (credential, error) {
	endpoint, err := p.tokenEndpoint()
	if err != nil {
		return credential{}, err
	}
	parameters := oauth.Parameters{"refresh_token": old.refresh}
	parameters.Set("grant_type", "refresh_token").Set("client_id", clientID)
	backoff := httpapi.Backoff{MaxAttempts: refreshTries, First: time.Second, Last: 4 * time.Second, Longest: 5 * time.Second}
	for attempt := 1; ; attempt++ {
		token, err := endpoint.Request(ctx, parameters)
		if err == nil {
			return old.renewed(token, p.clock.Now()), nil
		}
		if other, ok := p.adopted(ctx, old, err); ok {
			return other, nil
		}
		wait, again := backoff.Wait(worthAnother(err), attempt, p.clock.Random())
		if !again {
			return credential{}, err
		}
		if cause := p.clock.Sleep(ctx, wait); cause != nil {
			return credential{}, cause
		}
	}
}

// worthAnother tells the backoff whether a renewal can be asked for again, and when:
// not when the answer may only have been lost, for the token is spent then.
func worthAnother(err error) *sdk.Error {
	var refused *oauth.RefusedError
	var blocked *oauth.BlockedError
	var network *oauth.NetworkError
	switch {
	case errors.As(err, &refused):
		return &sdk.Error{Retryable: temporary(refused.Status), RetryAfter: refused.RetryAfter}
	case errors.As(err, &blocked):
		return &sdk.Error{Retryable: temporary(blocked.Status)}
	case errors.As(err, &network):
		return &sdk.Error{Retryable: !network.Sent}
	}
	return &sdk.Error{}
}

func temporary(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= http.StatusInternalServerError
}

// adopted looks, when the vendor says that a refresh token was used before, whether
// codex has stored what it got for it: it renews without a lock, so that it may have
// been a moment earlier.
func (p *Provider) adopted(ctx context.Context, old credential, err error) (credential, bool) {
	var refused *oauth.RefusedError
	if !errors.As(err, &refused) || !refused.Final() {
		return credential{}, false
	}
	for range 2 {
		c, reason := lookCodex(ctx, p.places())
		if reason == "" && !c.refresh.Equal(old.refresh) && c.accountID == old.accountID && oauth.Fresh(c.expires, p.clock.Now(), 0) {
			return c, true
		}
		if !strings.EqualFold(refused.Code, "refresh_token_reused") || p.clock.Sleep(ctx, reusedWait) != nil {
			break
		}
	}
	return credential{}, false
}

// renewed is the login with the tokens of an answer. What did not come stays.
func (c credential) renewed(token oauth.Token, now time.Time) credential {
	refresh, id := c.refresh, c.id
	if !token.Refresh.IsZero() {
		refresh = token.Refresh
	}
	if !token.ID.IsZero() {
		id = token.ID
	}
	fresh := loginCredential(c.source, token.Access, refresh, id)
	fresh.accountID = firstOf(c.accountID, fresh.accountID)
	if fresh.expires.IsZero() {
		fresh.expires = token.ExpiresAt(now)
	}
	if fresh.expires.IsZero() {
		fresh.expires, fresh.guessed = now.Add(unreadLifetime), true
	}
	return fresh
}

// fresh returns the credential, renewed if it is about to expire.
func (p *Provider) fresh(ctx context.Context, c credential, tell func(sdk.Event) error) (credential, error) {
	if c.refresh.IsZero() || c.mode != modeChatGPT {
		return c, nil
	}
	renewed, err := p.renewer().Fresh(ctx, c)
	if err != nil && c.guessed && ctx.Err() == nil {
		return c, nil // it may well be good
	}
	return p.settle(ctx, c, renewed, err, tell)
}

// afterRefusal returns another credential than one that a 401 refused: what the file
// holds by now, else a renewed login.
func (p *Provider) afterRefusal(ctx context.Context, refused credential, tell func(sdk.Event) error) (credential, error) {
	if refused.mode != modeChatGPT {
		return credential{}, ended(refused.what() + " was refused")
	}
	now := p.settings(ctx).credential
	if now.source == refused.source && now.accountID == refused.accountID && !now.secret.IsZero() && !now.secret.Equal(refused.secret) {
		return now, nil
	}
	if refused.refresh.IsZero() {
		return credential{}, ended(refused.what() + " was refused")
	}
	renewed, err := p.renewer().AfterRefusal(ctx, refused)
	return p.settle(ctx, refused, renewed, err, tell)
}

// settle tells what a renewal came to. A login of another account is not taken: the
// conversation began with this one.
func (p *Provider) settle(ctx context.Context, old credential, r renewal.Renewed[credential], err error, tell func(sdk.Event) error) (credential, error) {
	if err != nil {
		return credential{}, p.refreshError(ctx, old, err)
	}
	if old.accountID != "" && r.Login.accountID != "" && r.Login.accountID != old.accountID {
		return credential{}, ended("another account logged in meanwhile")
	}
	if r.Unsaved != nil {
		return r.Login, tell(sdk.WarningEvent{
			Code: "credentials_not_saved",
			Message: "the login was renewed and could not be stored (" + httpapi.Excerpt(r.Unsaved.Error()) +
				"): it is lost when jcode ends, and you will have to log in again",
		})
	}
	return r.Login, nil
}

func ended(message string) *sdk.Error {
	return &sdk.Error{Kind: sdk.KindUnauthenticated, Op: opRefresh, Message: message, Remedy: loginRemedy}
}

// refreshError says what a failed renewal means: a refused login and a blocked
// network need different things of the user.
func (p *Provider) refreshError(ctx context.Context, old credential, err error) error {
	var known *sdk.Error
	var timeout *credfile.LockTimeoutError
	switch {
	case errors.As(err, &known):
		return known
	case ctx.Err() != nil:
		return httpapi.Cancelled(opRefresh, context.Cause(ctx))
	case errors.Is(err, renewal.ErrRefused):
		return ended("the vendor refused to renew " + old.what())
	case errors.As(err, &timeout):
		return &sdk.Error{
			Kind: sdk.KindNetwork, Op: opRefresh, Retryable: true,
			Message: "another program has been renewing the login for " + timeout.Limit.String(), Remedy: "try again",
		}
	}
	return p.tokenError(opRefresh, err)
}

// tokenError makes the error of a request to the login server.
func (p *Provider) tokenError(op string, err error) *sdk.Error {
	out := &sdk.Error{Kind: sdk.KindInternal, Op: op, Err: err}
	var refused *oauth.RefusedError
	var blocked *oauth.BlockedError
	var network *oauth.NetworkError
	switch {
	case errors.As(err, &refused):
		out.HTTPStatus, out.Err = refused.Status, refused
		out.Kind, out.Message, out.Remedy = sdk.KindUnauthenticated, "the login has ended", loginRemedy
		if op == opLogin {
			out.Message = "the vendor did not accept the login"
		}
		switch {
		case refused.Status >= http.StatusInternalServerError:
			out.Kind, out.Retryable, out.Message, out.Remedy = sdk.KindOverloaded, true, "logging in does not work just now", laterRemedy
		case refused.Status == http.StatusTooManyRequests:
			out.Kind, out.Retryable, out.Message, out.Remedy = sdk.KindRateLimited, true, "too many logins", laterRemedy
		case refused.Status == http.StatusForbidden:
			out.Kind, out.Message = sdk.KindPermissionDenied, "the account may not do this"
		}
	case errors.As(err, &blocked):
		out.Kind, out.HTTPStatus, out.Err = sdk.KindNetwork, blocked.Status, blocked
		out.Message, out.Remedy = "this is the network, not the login", networkRemedy
	case errors.As(err, &network):
		out.Kind, out.Retryable, out.Err = sdk.KindNetwork, true, network
		out.Remedy = networkRemedy
	}
	return out
}

const laterRemedy = "try again later"

const networkRemedy = "check the network, HTTPS_PROXY, and for networks that look into TLS " + caVariable
