package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/jcode-go/jcode/host/internal/treehash"
)

// errMoved says that another process has changed the plugin since the user agreed.
var errMoved = errors.New("the installed version changed meanwhile")

// commit makes the candidate the installed version.
func (c *candidate) commit(ctx context.Context) (Result, error) {
	if err := c.seal(); err != nil {
		return Result{}, err
	}
	for {
		var result Result
		err := c.in.Store.change(ctx, func() (err error) {
			result, err = c.put()
			return err
		})
		if !errors.Is(err, errMoved) {
			return result, err
		}
		// What the user agreed to was a step from another version: look again.
		for _, part := range []func(context.Context) error{c.checkSignature, c.agree} {
			if err := part(ctx); err != nil {
				return Result{}, err
			}
		}
	}
}

// seal makes the staged files read-only, and lasting. The folder itself follows
// when it has its place: a folder that cannot be written cannot be moved.
func (c *candidate) seal() error {
	c.in.step("seal")
	if err := syncTree(c.tree()); err != nil {
		return storeError("write plugin to disk", err)
	}
	if err := seal(c.tree()); err != nil {
		return storeError("seal plugin", err)
	}
	return storeErrorOrNil("seal plugin", os.Chmod(c.tree(), 0o700)) //nolint:gosec // until it is moved
}

func storeErrorOrNil(op string, err error) error {
	if err == nil {
		return nil
	}
	return storeError(op, err)
}

// put does the change, under the store's lock.
func (c *candidate) put() (Result, error) {
	st, err := c.in.Store.read()
	if err != nil {
		return Result{}, err
	}
	installed := st.current(c.entry.Name)
	if !sameEntry(installed, c.basis) {
		if installed != nil && installed.Tree == c.entry.Tree && installed.Signer == c.entry.Signer {
			return c.result(st, installed, true), nil // somebody was quicker with the same
		}
		return Result{}, errMoved
	}
	if c.same(installed) && c.in.intact(installed) {
		return c.result(st, installed, true), nil
	}
	if err := c.place(); err != nil {
		return Result{}, err
	}
	next := st.generation.clone()
	next.Reason = c.reason()
	pinned := c.request.Pin || (c.request.upgrade != nil && c.pinned(st))
	next.set(Pick{Name: c.entry.Name, Version: c.entry.Version, Tree: c.entry.Tree, Pinned: pinned})
	st.lock.put(c.entry)
	if err := c.in.turn(st, next); err != nil {
		return Result{}, err
	}
	return c.result(st, &c.entry, false), nil
}

func (c *candidate) pinned(st *state) bool {
	pick := st.generation.pick(c.entry.Name)
	return pick != nil && pick.Pinned
}

func (c *candidate) reason() string {
	if c.basis == nil {
		return "install " + c.entry.Name + " " + c.entry.Version
	}
	return fmt.Sprintf("replace %s %s by %s", c.entry.Name, c.basis.Version, c.entry.Version)
}

func sameEntry(a, b *Entry) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.Tree == b.Tree && a.Signer == b.Signer && a.Source == b.Source && slices.Equal(a.Denied, b.Denied)
}

// same reports whether installing would change nothing.
func (c *candidate) same(installed *Entry) bool {
	return installed != nil && sameEntry(installed, &c.entry) && installed.Constraint == c.entry.Constraint &&
		installed.ReplacesBundled == c.entry.ReplacesBundled
}

// intact reports whether an installed object still is what it was.
func (in *Installer) intact(e *Entry) bool {
	tree, err := treehash.Sum(in.Store.object(e.Tree))
	return err == nil && tree == e.Tree
}

func (c *candidate) result(st *state, e *Entry, unchanged bool) Result {
	r := Result{
		Name: e.Name, Version: e.Version, Generation: st.generation.Number, Unchanged: unchanged, SHA256: e.SHA256,
		Warnings: c.notes,
	}
	if c.basis != nil {
		r.Previous = c.basis.Version
	}
	r.Trust, r.TrustDetail = e.trust()
	return r
}

// place moves the staged files into the store.
func (c *candidate) place() error {
	s := c.in.Store
	if err := os.MkdirAll(s.objects(), 0o700); err != nil {
		return storeError("make the store", err)
	}
	object := s.object(c.entry.Tree)
	if _, err := os.Lstat(object); err == nil {
		if c.in.intact(&c.entry) {
			return nil
		}
		if err := s.setAside(object, c.stage.in("damaged")); err != nil {
			return err
		}
	}
	c.in.step("move into the store")
	if err := os.Rename(c.tree(), object); err != nil {
		if errors.Is(err, syscall.EXDEV) {
			return &Error{
				Op: "move plugin into the store", Kind: KindStore, Err: err,
				Remedy: fmt.Sprintf("%s and %s must be on one file system", s.staging(), s.objects()),
			}
		}
		return storeError("move plugin into the store", err)
	}
	c.in.step("seal the object")
	if err := os.Chmod(object, 0o555); err != nil { //nolint:gosec // programs are there to be executed
		return storeError("seal plugin", err)
	}
	return storeErrorOrNil("write the store to disk", syncFolder(s.objects()))
}

// setAside moves a damaged object out of the way.
func (s Store) setAside(object, aside string) error {
	if err := os.Chmod(object, 0o700); err != nil { //nolint:gosec // so that it can be moved
		return storeError("set a damaged object aside", err)
	}
	return storeErrorOrNil("set a damaged object aside", os.Rename(object, aside))
}

// keptGenerations is how many states can be gone back to.
const keptGenerations = 20

// turn makes next the generation that counts. st becomes what is then on disk.
func (in *Installer) turn(st *state, next *Generation) error {
	s := in.Store
	in.step("write the lock file")
	if err := os.MkdirAll(s.root, 0o700); err != nil {
		return storeError("make the store", err)
	}
	if err := s.writeLock(st.lock); err != nil {
		return storeError("write the lock file", err)
	}
	next.Created = in.now().UTC().Truncate(1e9)
	in.step("write the generation")
	if err := s.writeGeneration(next); err != nil {
		return storeError("write the generation", err)
	}
	in.step("flip current")
	if err := s.flip(next.Number); err != nil {
		return storeError("make the generation current", err)
	}
	in.step("flipped")
	st.generation = next
	// The change has happened. What is left over costs space only, and the next
	// change or a repair comes by again.
	_ = in.collect(st)
	return nil
}

// collect removes old generations, what only they named, and what dead processes
// left. It changes nothing that counts.
func (in *Installer) collect(st *state) error {
	s := in.Store
	in.step("collect garbage")
	s.sweepStaging()
	s.sweepTemporary()
	numbers, err := s.numbers()
	if err != nil {
		return err
	}
	used := map[string]bool{}
	for i, number := range numbers {
		if number != st.generation.Number && i < len(numbers)-keptGenerations {
			if err := os.Remove(s.generation(number)); err != nil {
				return err
			}
			continue
		}
		g, err := s.readGeneration(number)
		if err != nil {
			continue // a repair removes it
		}
		for _, pick := range g.Plugin {
			used[pick.Tree] = true
		}
	}
	in.step("collect objects")
	before := len(st.lock.Plugin)
	st.lock.Plugin = slices.DeleteFunc(st.lock.Plugin, func(e Entry) bool { return !used[e.Tree] })
	if len(st.lock.Plugin) != before {
		if err := s.writeLock(st.lock); err != nil {
			return err
		}
	}
	return s.removeUnused(used)
}

// removeUnused removes objects that no generation names and nobody runs.
func (s Store) removeUnused(used map[string]bool) error {
	entries, err := os.ReadDir(s.objects())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		tree, ok := strings.CutPrefix(entry.Name(), objectPrefix)
		if !ok || used[tree] || s.leased(tree) {
			continue
		}
		if err := removeTree(filepath.Join(s.objects(), entry.Name())); err != nil {
			return err
		}
	}
	return nil
}

// sweepStaging removes the stages of dead processes and returns how many.
func (s Store) sweepStaging() int {
	entries, err := os.ReadDir(s.staging())
	if err != nil {
		return 0
	}
	swept := 0
	for _, entry := range entries {
		name := strings.TrimSuffix(entry.Name(), ".lock")
		if s.sweepStage(filepath.Join(s.staging(), name)) {
			swept++
		}
	}
	return swept
}

// sweepTemporary removes half-written files of dead processes. The store's lock is
// held, so nobody is writing.
func (s Store) sweepTemporary() int {
	swept := 0
	for _, pattern := range []string{filepath.Join(s.root, ".*.tmp-*"), filepath.Join(s.generations(), ".*.tmp-*")} {
		found, _ := filepath.Glob(pattern)
		for _, path := range found {
			if os.Remove(path) == nil {
				swept++
			}
		}
	}
	return swept
}
