package claude

import (
	"context"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/httpapi"
	"github.com/jcode-go/jcode/sdk/renewal"
)

const opRefresh = "renew login"

// renewer returns the one that renews our login: there is one for each file.
func (p *Provider) renewer() (*renewal.Renewer[credential], error) {
	config := p.configuration()
	at, err := authBase(config.Variables.Get(authVariable))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.renews == nil {
		p.renews = p.newRenewer(placesOf(config, "").own, at)
	}
	return p.renews, nil
}

func (p *Provider) newRenewer(path string, at authPlace) *renewal.Renewer[credential] {
	return &renewal.Renewer[credential]{
		Path: path, Now: p.clock.Now,
		Load: func(doc *credfile.Document) (credential, error) {
			c, reason := readOwn(doc, path)
			if reason != "" {
				return credential{}, ended("the login in "+path+" is gone: "+reason, nil)
			}
			return c, nil
		},
		Ask: func(ctx context.Context, old credential) (credential, error) { return p.refreshTokens(ctx, at, old) },
		Store: func(_ context.Context, doc *credfile.Document, old, fresh credential) error {
			return mergeEntry(doc, old.slot, tokenFields(fresh))
		},
		Refuse: func(_ context.Context, doc *credfile.Document, old credential) error {
			return mergeEntry(doc, old.slot, map[string]any{"refused": renewal.Fingerprint(old.refresh)})
		},
	}
}

// fresh returns the credential, renewed if it is ours and about to expire. When
// that fails the old one serves for as long as it lives.
func (p *Provider) fresh(ctx context.Context, c credential, tell func(sdk.Event) error) (credential, error) {
	if !c.renewable() {
		return c, nil
	}
	r, err := p.renewer()
	if err != nil {
		return credential{}, err
	}
	renewed, err := r.Fresh(ctx, c)
	return settle(ctx, c, renewed, err, tell)
}

// afterRefusal returns another credential than the one that a 401 refused: from
// the same file if somebody renewed it meanwhile, else a renewed one of our own.
func (p *Provider) afterRefusal(ctx context.Context, refused credential, tell func(sdk.Event) error) (credential, error) {
	if !refused.renewable() {
		now := p.settings(ctx).credential
		if now.source == refused.source && !now.secret.IsZero() && !now.secret.Equal(refused.secret) {
			return now, nil
		}
		return credential{}, ended(refused.what()+" was refused", nil)
	}
	r, err := p.renewer()
	if err != nil {
		return credential{}, err
	}
	renewed, err := r.AfterRefusal(ctx, refused)
	return settle(ctx, refused, renewed, err, tell)
}

// settle tells what a renewal came to.
func settle(ctx context.Context, old credential, r renewal.Renewed[credential], err error, tell func(sdk.Event) error) (credential, error) {
	if err != nil {
		return credential{}, refreshError(ctx, old, err)
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

func ended(message string, err error) error {
	return &sdk.Error{Kind: sdk.KindUnauthenticated, Op: opRefresh, Message: message, Remedy: loginRemedy, Err: err}
}
