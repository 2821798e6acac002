package renewal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/credfile"
	"github.com/jcode-go/jcode/sdk/oauth"
	"github.com/jcode-go/jcode/sdk/renewal"
)

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

type login struct {
	access, refresh string
	left            time.Duration
}

func (l login) AccessToken() sdk.Secret  { return sdk.NewSecret(l.access) }
func (l login) RefreshToken() sdk.Secret { return sdk.NewSecret(l.refresh) }
func (l login) Expiry() time.Time        { return now.Add(l.left) }

type stored struct {
	Access, Refresh string
	Left            time.Duration
	Refused         string
}

// bed is a file with a login, and a vendor that counts.
type bed struct {
	*renewal.Renewer[login]
	mu    sync.Mutex
	asked int
	fail  error
	store error
}

func newBed(t *testing.T, left time.Duration) *bed {
	t.Helper()
	b := &bed{}
	path := filepath.Join(t.TempDir(), "auth.json")
	if err := os.WriteFile(path, fmt.Appendf(nil, `{"Access":"a0","Refresh":"r0","Left":%d}`, left), 0o600); err != nil {
		t.Fatal(err)
	}
	b.Renewer = b.renewer(path)
	return b
}

func (b *bed) renewer(path string) *renewal.Renewer[login] {
	read := func(doc *credfile.Document) stored {
		var s stored
		_, _ = doc.Decode(&s)
		return s
	}
	return &renewal.Renewer[login]{
		Path: path, Now: func() time.Time { return now },
		Load: func(doc *credfile.Document) (login, error) {
			s := read(doc)
			return login{s.Access, s.Refresh, s.Left}, nil
		},
		Ask: func(_ context.Context, old login) (login, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.asked++
			if b.fail != nil {
				return login{}, b.fail
			}
			return login{old.access + "+", old.refresh + "+", time.Hour}, nil
		},
		Store: func(_ context.Context, doc *credfile.Document, _, fresh login) error {
			if b.store != nil {
				return b.store
			}
			return doc.Set(stored{Access: fresh.access, Refresh: fresh.refresh, Left: fresh.left})
		},
		Refuse: func(_ context.Context, doc *credfile.Document, old login) error {
			return doc.Set(renewal.Fingerprint(old.RefreshToken()), "Refused")
		},
		Refused: func(_ context.Context, old login) bool {
			doc, _, err := credfile.Read(context.Background(), path)
			return err == nil && read(doc).Refused == renewal.Fingerprint(old.RefreshToken())
		},
	}
}

func TestFresh(t *testing.T) {
	t.Parallel()
	final := &oauth.RefusedError{Status: 400, Code: "invalid_grant"}
	for _, tt := range []struct {
		name  string
		left  time.Duration
		fail  error
		asked int
		got   string // "" is an error
	}{
		{"far from its end", renewal.DefaultMargin + 1, nil, 0, "a0"},
		{"near its end", renewal.DefaultMargin, nil, 1, "a0+"},
		{"at its end", 0, nil, 1, "a0+"},
		{"fails while it lives", time.Minute, errors.New("down"), 1, "a0"},
		{"refused while it lives", time.Minute, final, 1, "a0"},
		{"fails after its end", 0, errors.New("down"), 1, ""},
		{"refused after its end", 0, final, 1, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBed(t, tt.left)
			b.fail = tt.fail
			r, err := b.Fresh(t.Context(), login{"a0", "r0", tt.left})
			if (err == nil) != (tt.got != "") || r.Login.access != tt.got || b.asked != tt.asked || r.Unsaved != nil {
				t.Errorf("%+v %v, asked %d times", r, err, b.asked)
			}
			if !errors.Is(tt.fail, final) || tt.got != "" {
				return
			}
			// Refused is refused: for this process and for the next.
			for _, next := range []*renewal.Renewer[login]{b.Renewer, b.renewer(b.Path)} {
				if _, err := next.Fresh(t.Context(), login{"a0", "r0", tt.left}); !errors.Is(err, renewal.ErrRefused) || b.asked != 1 {
					t.Errorf("%v, asked %d times", err, b.asked)
				}
			}
		})
	}
	b := newBed(t, 0)
	if r, err := b.Fresh(t.Context(), login{"a", "", 0}); err != nil || r.Login.access != "a" || b.asked != 0 {
		t.Errorf("without a refresh token: %+v %v", r, err)
	}
}

// What another process wrote meanwhile is adopted.
func TestAfterRefusal(t *testing.T) {
	t.Parallel()
	b := newBed(t, time.Hour)
	if r, err := b.AfterRefusal(t.Context(), login{"other", "r", time.Hour}); err != nil || r.Login.access != "a0" || b.asked != 0 {
		t.Errorf("%+v %v", r, err)
	}
	if r, err := b.AfterRefusal(t.Context(), login{"a0", "r0", time.Hour}); err != nil || r.Login.access != "a0+" || b.asked != 1 {
		t.Errorf("%+v %v", r, err)
	}
}

// A login that cannot be stored serves this process, which renews it from there.
func TestUnsaved(t *testing.T) {
	t.Parallel()
	b := newBed(t, 0)
	b.store = errors.New("disk full")
	r, err := b.Fresh(t.Context(), login{"a0", "r0", 0})
	if err != nil || r.Login.access != "a0+" || !errors.Is(r.Unsaved, b.store) {
		t.Fatalf("%+v %v", r, err)
	}
	if r, err = b.Fresh(t.Context(), login{"a0", "r0", 0}); err != nil || r.Login.access != "a0+" || b.asked != 1 {
		t.Errorf("%+v %v, asked %d times", r, err, b.asked)
	}
	if r, err = b.AfterRefusal(t.Context(), r.Login); err != nil || r.Login.refresh != "r0++" {
		t.Errorf("the spent token was used again: %+v %v", r, err)
	}
}

func TestManyAskOnce(t *testing.T) {
	t.Parallel()
	b := newBed(t, 0)
	renewers := []*renewal.Renewer[login]{b.Renewer, b.renewer(b.Path)} // as in two processes
	var calls sync.WaitGroup
	for i := range 20 {
		calls.Go(func() {
			if r, err := renewers[i%2].Fresh(t.Context(), login{"a0", "r0", 0}); err != nil || r.Login.access != "a0+" {
				t.Errorf("%+v %v", r, err)
			}
		})
	}
	calls.Wait()
	if b.asked != 1 {
		t.Errorf("asked %d times", b.asked)
	}
}
