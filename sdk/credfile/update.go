package credfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// An Option changes how a file is updated.
type Option func(*options)

type options struct {
	lockLimit  time.Duration
	lockFiles  []string
	onSetAside func(string)
}

// WithLockLimit bounds the wait for other processes; DefaultLockLimit without it.
func WithLockLimit(d time.Duration) Option { return func(o *options) { o.lockLimit = d } }

// WithLockFiles takes other locks than the one beside the file, in this order; each
// is waited for as long as WithLockLimit says. All who update the file must agree
// on them, the vendor's own program too if it has any.
func WithLockFiles(paths ...string) Option { return func(o *options) { o.lockFiles = paths } }

// OnSetAside has f called with the new path of a file that could not be parsed,
// after it was moved there.
func OnSetAside(f func(path string)) Option { return func(o *options) { o.onSetAside = f } }

// kept is an error that does not undo the change.
type kept struct{ error }

func (k kept) Unwrap() error { return k.error }

// Keep wraps an error that the change of Update, or Refresh, returns, so that
// what it did to the document is written all the same, and then err is returned.
// A refused refresh token is marked with it, so that nobody tries it again.
func Keep(err error) error {
	if err == nil {
		return nil
	}
	return kept{err}
}

// Update changes a credential file: it takes the lock, reads the file, lets change
// work on it, and replaces it, mode 0600, before it returns. A missing file, and
// its folder, are made; a symbolic link is followed. If the document is the same
// afterwards, or change returns an error, nothing is written, and the error of
// change comes back as it is.
//
// A file that cannot be parsed shows as an empty document with Corrupt set, and
// is moved to NAME.corrupt-TIME before a new one is written.
//
// ctx ends the waiting; once change runs, it is up to change to obey it, and what
// it did is written. Other errors: *LockTimeoutError, or of the file system.
func Update(ctx context.Context, path string, change func(*Document) error, opts ...Option) error {
	o := options{lockLimit: DefaultLockLimit}
	for _, opt := range opts {
		opt(&o)
	}
	target, err := resolve(path)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(target), 0o700); err != nil {
		return fmt.Errorf("make folder of %s: %w", path, cause(err))
	}
	if len(o.lockFiles) == 0 {
		o.lockFiles = []string{target + ".lock"}
	}
	for _, path := range o.lockFiles {
		release, err := acquire(ctx, path, o.lockLimit)
		if err != nil {
			return err
		}
		defer release()
	}
	return o.update(ctx, target, change)
}

// update does the work under the lock.
func (o options) update(ctx context.Context, target string, change func(*Document) error) error {
	doc, err := load(ctx, target)
	if err != nil {
		return err
	}
	before := doc.Bytes()
	err = change(doc)
	k := kept{}
	if err != nil && !errors.As(err, &k) {
		return err
	}
	if after := doc.Bytes(); !bytes.Equal(before, after) {
		if err := o.write(doc, target, after); err != nil {
			return errors.Join(k.error, err)
		}
	}
	return k.error
}

// load reads the file for an update: a missing and a broken one are empty.
func load(ctx context.Context, target string) (*Document, error) {
	doc, _, err := Read(ctx, target)
	if corrupt := (*CorruptError)(nil); errors.As(err, &corrupt) {
		doc = NewDocument()
		doc.corrupt = corrupt
		return doc, nil
	}
	if errors.Is(err, fs.ErrNotExist) {
		return NewDocument(), nil
	}
	return doc, err
}

func (o options) write(doc *Document, target string, text []byte) error {
	if doc.corrupt != nil {
		aside, err := setAside(target, time.Now())
		if err != nil {
			return err
		}
		if o.onSetAside != nil {
			o.onSetAside(aside)
		}
	}
	return replace(target, text)
}
