package renewal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"sync"
	"syscall"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/oauth"
)

const (
	// DefaultMargin is how long before its expiry a token is renewed.
	DefaultMargin = 5 * time.Minute
	// DefaultLimit bounds one renewal, all requests of it.
	DefaultLimit = 30 * time.Second
)

// Login is what a [Renewer] knows of a login: its tokens and its end.
type Login interface {
	// AccessToken is what requests bear; empty means that there is no login.
	AccessToken() sdk.Secret
	// RefreshToken is empty when the login cannot, or must not, be renewed.
	RefreshToken() sdk.Secret
	// Expiry of the access token; zero is unknown or never.
	Expiry() time.Time
}

// ErrRefused says that the vendor is known to refuse a login's renewal: it was not
// asked again.
var ErrRefused = errors.New("the vendor refused to renew the login")

// Renewer renews the login in one file. Fill in the exported fields, then share
// it among all calls of a provider; it must not be copied or changed after that.
type Renewer[L Login] struct {
	// Path is the credential file, Options those of credfile.Update for it.
	Path    string
	Options []credfile.Option
	// Now is the time; nil is time.Now.
	Now func() time.Time
	// Load takes the login out of the document. Its error, that nobody is logged in
	// any more for example, is returned and nothing is renewed.
	Load func(doc *credfile.Document) (L, error)
	// Ask spends old's refresh token at the vendor.
	Ask func(ctx context.Context, old L) (L, error)
	// Store puts what Ask returned into doc, or into a file by itself.
	Store func(ctx context.Context, doc *credfile.Document, old, fresh L) error
	// Refuse notes that the vendor refused old for good, for other processes; nil
	// notes it for this one only. Changes of doc are kept.
	Refuse func(ctx context.Context, doc *credfile.Document, old L) error
	// Refused reports whether Refuse noted it before; nil is never.
	Refused func(ctx context.Context, old L) bool

	once   sync.Once
	file   *credfile.Refresher[L]
	memory memory[L]
}

// Renewed is the outcome of a renewal that brought a usable login.
type Renewed[L Login] struct {
	Login L
	// Unsaved is why the login could not be stored; nil when it is, or was not
	// renewed. The caller must say that it is lost when the process ends.
	Unsaved error
}

// Fresh returns login, renewed when it is about to expire. When that fails, the
// old one serves for as long as it lives. Errors are those of Load and Ask,
// [ErrRefused], *credfile.LockTimeoutError, or of ctx.
func (r *Renewer[L]) Fresh(ctx context.Context, login L) (Renewed[L], error) {
	now := r.now()
	login = r.memory.latest(login)
	if login.RefreshToken().IsZero() || oauth.Fresh(login.Expiry(), now, DefaultMargin) {
		return Renewed[L]{Login: login}, nil
	}
	alive := !login.AccessToken().IsZero() && oauth.Fresh(login.Expiry(), now, 0)
	renewed, err := r.do(ctx, func(other L) bool {
		return !other.AccessToken().IsZero() && oauth.Fresh(other.Expiry(), r.now(), DefaultMargin)
	})
	if err != nil && alive && ctx.Err() == nil {
		return Renewed[L]{Login: login}, nil
	}
	return renewed, err
}

// AfterRefusal returns another login than one that the vendor refused although it
// seemed fresh: what another process wrote meanwhile, else a renewed one. Errors
// are as those of [Renewer.Fresh].
func (r *Renewer[L]) AfterRefusal(ctx context.Context, refused L) (Renewed[L], error) {
	return r.do(ctx, func(other L) bool {
		return !other.AccessToken().IsZero() && !other.AccessToken().Equal(refused.AccessToken()) &&
			oauth.Fresh(other.Expiry(), r.now(), 0)
	})
}

func (r *Renewer[L]) now() time.Time {
	if r.Now == nil {
		return time.Now()
	}
	return r.Now()
}

func (r *Renewer[L]) refresher() *credfile.Refresher[L] {
	r.once.Do(func() {
		r.file = &credfile.Refresher[L]{
			Path: r.Path, Limit: DefaultLimit, Options: r.Options, Load: r.load, Refresh: r.refresh,
		}
	})
	return r.file
}

func (r *Renewer[L]) load(doc *credfile.Document) (L, error) {
	login, err := r.Load(doc)
	if err != nil {
		return login, err
	}
	return r.memory.latest(login), nil
}

// refresh runs under the lock of the file.
func (r *Renewer[L]) refresh(ctx context.Context, doc *credfile.Document, old L) (L, error) {
	fresh, err := r.ask(ctx, old)
	if err == nil {
		r.memory.keep(old, fresh) // should writing fail
		return fresh, r.Store(ctx, doc, old, fresh)
	}
	var none L
	if !isFinal(err) || r.Refuse == nil {
		return none, err
	}
	// Whoever comes next must not try this one again.
	return none, credfile.Keep(errors.Join(err, r.Refuse(ctx, doc, old)))
}

// ask asks the vendor, unless it is known to refuse.
func (r *Renewer[L]) ask(ctx context.Context, old L) (L, error) {
	if old.RefreshToken().IsZero() || r.memory.wasRefused(old) || r.Refused != nil && r.Refused(ctx, old) {
		var none L
		return none, ErrRefused
	}
	fresh, err := r.Ask(ctx, old)
	if isFinal(err) {
		r.memory.refuse(old)
	}
	return fresh, err
}

func (r *Renewer[L]) do(ctx context.Context, usable func(L) bool) (Renewed[L], error) {
	called := false
	login, err := r.refresher().Do(ctx, func(l L) bool {
		called = true
		return usable(l)
	})
	switch {
	case err == nil:
		return Renewed[L]{Login: login}, nil
	case !login.AccessToken().IsZero():
		return Renewed[L]{Login: login, Unsaved: err}, nil
	case !called && readOnly(err):
		return r.withoutFile(ctx, usable, err)
	}
	return Renewed[L]{}, err
}

// withoutFile serves a folder that cannot be written: there is no lock to take and
// nowhere to store, so it is one renewal for each process that needs one.
func (r *Renewer[L]) withoutFile(ctx context.Context, usable func(L) bool, cause error) (Renewed[L], error) {
	r.memory.alone.Lock()
	defer r.memory.alone.Unlock()
	doc, _, err := credfile.Read(ctx, r.Path)
	if err != nil {
		return Renewed[L]{}, err
	}
	old, err := r.load(doc)
	if err != nil || usable(old) {
		return Renewed[L]{Login: old}, err
	}
	lasting, cancel := context.WithTimeout(context.WithoutCancel(ctx), DefaultLimit)
	defer cancel()
	fresh, err := r.ask(lasting, old)
	if isFinal(err) && r.Refuse != nil {
		// Where it notes that in the document it is lost, as everything is here.
		err = errors.Join(err, r.Refuse(lasting, doc, old))
	}
	if err != nil {
		return Renewed[L]{}, err
	}
	r.memory.keep(old, fresh)
	return Renewed[L]{Login: fresh, Unsaved: cause}, nil
}

func readOnly(err error) bool {
	return errors.Is(err, fs.ErrPermission) || errors.Is(err, syscall.EROFS) ||
		errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT)
}

func isFinal(err error) bool {
	var refused *oauth.RefusedError
	return errors.As(err, &refused) && refused.Final()
}

// Fingerprint tells refresh tokens apart without keeping them.
func Fingerprint(secret sdk.Secret) string {
	sum := sha256.Sum256([]byte(secret.Reveal()))
	return hex.EncodeToString(sum[:8])
}
