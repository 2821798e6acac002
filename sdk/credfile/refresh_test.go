package credfile_test

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk/credfile"
)

// vendor refreshes tokens and counts how often it was asked.
type vendor struct {
	calls   atomic.Int32
	entered chan struct{} // receives when a call has begun
	answer  chan error    // what the next call returns
}

func (v *vendor) refresher(path string) *credfile.Refresher[string] {
	return &credfile.Refresher[string]{
		Path: path,
		Load: loadToken,
		Refresh: func(ctx context.Context, doc *credfile.Document, _ string) (string, error) {
			v.calls.Add(1)
			v.entered <- struct{}{}
			select {
			case err := <-v.answer:
				if err != nil {
					return "", err
				}
				return "fresh", doc.Set("fresh", "token")
			case <-ctx.Done():
				return "", ctx.Err()
			}
		},
	}
}

func newVendor(t *testing.T, token string) (*vendor, *credfile.Refresher[string]) {
	t.Helper()
	v := &vendor{entered: make(chan struct{}, 10), answer: make(chan error, 10)}
	path := filepath.Join(t.TempDir(), "auth.json")
	write(t, path, `{"token": "`+token+`"}`)
	return v, v.refresher(path)
}

func TestCallersShareOneRefresh(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	var wg sync.WaitGroup
	for range 50 {
		wg.Go(func() {
			if token, err := r.Do(t.Context(), notExpired); err != nil || token != "fresh" {
				t.Errorf("%q, %v", token, err)
			}
		})
	}
	<-v.entered
	v.answer <- nil
	wg.Wait()
	if n := v.calls.Load(); n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

func TestAdoptsWhatAnotherWrote(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "rotated by another")
	if token, err := r.Do(t.Context(), notExpired); err != nil || token != "rotated by another" {
		t.Errorf("%q, %v", token, err)
	}
	if n := v.calls.Load(); n != 0 {
		t.Errorf("%d refreshes", n)
	}
	v.answer <- nil // after a refusal, the file's token is the refused one
	refused := func(token string) bool { return token != "rotated by another" }
	if token, err := r.Do(t.Context(), refused); err != nil || token != "fresh" {
		t.Errorf("%q, %v", token, err)
	}
}

func TestFollowerThatCannotUseTheResultAsksItself(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	leader := make(chan struct{})
	go func() {
		defer close(leader)
		_, _ = r.Do(t.Context(), notExpired)
	}()
	<-v.entered
	follower := make(chan error, 1)
	go func() {
		_, err := r.Do(t.Context(), func(string) bool { return false })
		follower <- err
	}()
	v.answer <- nil
	<-leader
	<-v.entered // the second call
	v.answer <- nil
	if err := <-follower; err != nil || v.calls.Load() != 2 {
		t.Errorf("%v after %d refreshes", err, v.calls.Load())
	}
}

func TestRefreshErrors(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	down := errors.New("down")
	v.answer <- down
	if token, err := r.Do(t.Context(), notExpired); !errors.Is(err, down) || token != "" {
		t.Errorf("%q, %v", token, err)
	}
	v.answer <- nil // the next one tries again
	if token, err := r.Do(t.Context(), notExpired); err != nil || token != "fresh" {
		t.Errorf("%q, %v", token, err)
	}
	write(t, r.Path, `{}`)
	if _, err := r.Do(t.Context(), notExpired); !errors.Is(err, errLoggedOut) {
		t.Errorf("logged out: %v", err)
	}
	if n := v.calls.Load(); n != 2 {
		t.Errorf("%d refreshes", n)
	}
}

// The vendor has rotated the token when it was asked, so the answer counts even if
// nobody waits for it.
func TestGivenUpRefreshIsWrittenAllTheSame(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := r.Do(ctx, notExpired)
		done <- err
	}()
	<-v.entered
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	v.answer <- nil
	if token, err := r.Do(t.Context(), notExpired); err != nil || token != "fresh" {
		t.Errorf("%q, %v", token, err)
	}
	if n := v.calls.Load(); n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

func TestGivenUpWaitForTheLockEnds(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	err := credfile.Update(t.Context(), r.Path, func(*credfile.Document) error {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
		defer cancel()
		_, err := r.Do(ctx, notExpired)
		return err
	})
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
	v.answer <- nil
	if token, err := r.Do(t.Context(), notExpired); err != nil || token != "fresh" || v.calls.Load() != 1 {
		t.Errorf("%q, %v after %d refreshes", token, err, v.calls.Load())
	}
}

func TestRefreshHasALimit(t *testing.T) {
	t.Parallel()
	_, r := newVendor(t, "expired")
	r.Limit = 20 * time.Millisecond
	if _, err := r.Do(t.Context(), notExpired); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestUnsavedTokenIsNotLost(t *testing.T) {
	t.Parallel()
	v, r := newVendor(t, "expired")
	refresh := r.Refresh
	r.Refresh = func(ctx context.Context, doc *credfile.Document, old string) (string, error) {
		token, err := refresh(ctx, doc, old)
		// A folder in the way of the file is what no permission of root helps against.
		return token, errors.Join(err, os.Remove(r.Path), os.MkdirAll(filepath.Join(r.Path, "in the way"), 0o700))
	}
	v.answer <- nil
	token, err := r.Do(t.Context(), notExpired)
	if err == nil || token != "fresh" || strings.Contains(err.Error(), "fresh") {
		t.Errorf("%q, %v", token, err)
	}
}
