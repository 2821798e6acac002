package claude

import (
	"context"
	"errors"
	"io/fs"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const (
	opRefresh = "renew login"
	// refreshLimit bounds one renewal, both tries of it.
	refreshLimit = 30 * time.Second
)

// renewer renews our own login. It is shared by all calls of a provider.
type renewer struct {
	file  *credfile.Refresher[credential]
	now   func() time.Time
	renew func(ctx context.Context, old credential) (credential, error)
	// memory holds what could not be written, by the refresh token that it came
	// from: the file still has that one, which is spent.
	memory *memory
}

func newRenewer(path string, now func() time.Time, renew func(context.Context, credential) (credential, error), m *memory) *renewer {
	r := &renewer{now: now, renew: renew, memory: m}
	r.file = &credfile.Refresher[credential]{
		Path: path, Limit: refreshLimit,
		Load: func(doc *credfile.Document) (credential, error) {
			c, reason := readOwn(doc, path)
			if reason != "" {
				return credential{}, ended("the login in "+path+" is gone: "+reason, nil)
			}
			return m.latest(c), nil
		},
		Refresh: r.refresh,
	}
	return r
}

// refresh runs under the lock of the file.
func (r *renewer) refresh(ctx context.Context, doc *credfile.Document, old credential) (credential, error) {
	fresh, err := r.once(ctx, old)
	if err != nil {
		if !isFinal(err) {
			return credential{}, err
		}
		// Whoever comes next must not try this one again.
		mark := mergeEntry(doc, old.slot, map[string]any{"refused": fingerprint(old.refresh)})
		return credential{}, credfile.Keep(errors.Join(err, mark))
	}
	r.memory.keep(old, fresh) // should writing fail
	return fresh, mergeEntry(doc, old.slot, tokenFields(fresh))
}

// once asks the vendor, unless it is known to refuse.
func (r *renewer) once(ctx context.Context, old credential) (credential, error) {
	if !old.renewable() || r.memory.wasRefused(old) {
		return credential{}, ended("the vendor refused to renew "+old.what(), nil)
	}
	fresh, err := r.renew(ctx, old)
	if isFinal(err) {
		r.memory.refuse(old)
	}
	return fresh, err
}

// do returns a login that usable accepts: the one in the file, another process
// may have renewed it, or a renewed one. unsaved is why it could not be stored.
func (r *renewer) do(ctx context.Context, usable func(credential) bool) (c credential, unsaved, err error) {
	called := false
	c, err = r.file.Do(ctx, func(c credential) bool {
		called = true
		return usable(c)
	})
	switch {
	case err == nil:
		return c, nil, nil
	case !c.secret.IsZero():
		return c, err, nil
	case !called && readOnly(err):
		return r.withoutFile(ctx, usable, err)
	}
	return credential{}, nil, err
}

// withoutFile serves a home that cannot be written: there is no lock to take and
// nowhere to store, so it is one renewal for each process that needs one.
func (r *renewer) withoutFile(ctx context.Context, usable func(credential) bool, cause error) (c credential, unsaved, err error) {
	r.memory.alone.Lock()
	defer r.memory.alone.Unlock()
	doc, _, err := credfile.Read(ctx, r.file.Path)
	if err != nil {
		return credential{}, nil, err
	}
	old, err := r.file.Load(doc)
	if err != nil || usable(old) {
		return old, nil, err
	}
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), refreshLimit)
	defer cancel()
	fresh, err := r.once(lasting, old)
	if err != nil {
		return credential{}, nil, err
	}
	r.memory.keep(old, fresh)
	return fresh, cause, nil
}

func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

// fresh returns the credential, renewed if it is ours and about to expire. When
// that fails the old one serves for as long as it lives.
func (p *Provider) fresh(ctx context.Context, c credential, tell func(sdk.Event) error) (credential, error) {
	now := p.clock.now()
	c = p.memory.latest(c)
	if !c.renewable() || oauth.Fresh(c.expires, now, refreshMargin) {
		return c, nil
	}
	alive := oauth.Fresh(c.expires, now, 0)
	renewed, err := p.renewed(ctx, tell, func(other credential) bool {
		return oauth.Fresh(other.expires, p.clock.now(), refreshMargin)
	})
	if err != nil && alive && sdk.KindOf(err) != sdk.KindCancelled {
		return c, nil
	}
	return renewed, err
}

// afterRefusal returns another credential than the one that a 401 refused: from
// the same file if somebody renewed it meanwhile, else a renewed one of our own.
func (p *Provider) afterRefusal(ctx context.Context, refused credential, tell func(sdk.Event) error) (credential, error) {
	if refused.renewable() {
		return p.renewed(ctx, tell, func(other credential) bool {
			return !other.secret.Equal(refused.secret) && oauth.Fresh(other.expires, p.clock.now(), 0)
		})
	}
	now := p.settings(ctx).credential
	if now.source == refused.source && !now.secret.IsZero() && !now.secret.Equal(refused.secret) {
		return now, nil
	}
	return credential{}, ended(refused.what()+" was refused", nil)
}

func (p *Provider) renewed(ctx context.Context, tell func(sdk.Event) error, usable func(credential) bool) (credential, error) {
	r, err := p.renewer()
	if err != nil {
		return credential{}, err
	}
	c, unsaved, err := r.do(ctx, usable)
	if err != nil {
		return credential{}, refreshError(ctx, err)
	}
	if unsaved != nil {
		return c, tell(sdk.WarningEvent{
			Code: "credentials_not_saved",
			Message: "the login was renewed and could not be stored (" + excerpt(unsaved.Error()) +
				"): it is lost when jcode ends, and you will have to log in again",
		})
	}
	return c, nil
}

func isFinal(err error) bool {
	var refused *oauth.RefusedError
	return errors.As(err, &refused) && refused.Final()
}

func ended(message string, err error) error {
	return &sdk.Error{Kind: sdk.KindUnauthenticated, Op: opRefresh, Message: message, Remedy: loginRemedy, Err: err}
}
