package install

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/treehash"
)

// Finding is one thing that is not as it should be in the store.
type Finding struct {
	// Object is what it is about: a plugin, a file.
	Object string
	Detail string
	// Remedy is the next step; empty when a repair sees to it.
	Remedy string
	// Repaired says that it was put right.
	Repaired bool
	// Harmless says that it costs space only.
	Harmless bool
}

// Check looks the whole store over and returns what is wrong. It hashes every
// installed plugin. With repair it puts right what it can: it goes back to the
// newest generation that can be read, drops what is damaged and removes leftovers.
func (in *Installer) Check(ctx context.Context, repair bool) ([]Finding, error) {
	if _, err := os.Stat(in.Store.Root()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	ck := &checker{in: in, s: in.Store, repair: repair}
	err := in.Store.change(ctx, func() error { return ck.run() })
	return ck.findings, err
}

type checker struct {
	in       *Installer
	s        Store
	repair   bool
	findings []Finding
}

func (c *checker) note(object, remedy string, harmless, repaired bool, format string, args ...any) {
	c.findings = append(c.findings, Finding{
		Object: object, Detail: fmt.Sprintf(format, args...), Remedy: remedy, Harmless: harmless, Repaired: repaired && c.repair,
	})
}

func (c *checker) run() error {
	if err := c.checkLock(); err != nil {
		return err
	}
	if err := c.checkCurrent(); err != nil {
		return err
	}
	if err := c.checkPlugins(); err != nil {
		return err
	}
	return c.checkLeftovers()
}

const repairCommand = "jcode plugins doctor --repair"

// checkLock sets a lock file aside that cannot be read. What it pinned is lost:
// its plugins must be installed again.
func (c *checker) checkLock() error {
	_, err := c.s.readLock()
	if err == nil {
		return nil
	}
	c.note("plugins.lock", repairCommand, false, true, "%v", err)
	if !c.repair {
		return nil
	}
	return storeErrorOrNil("set plugins.lock aside", os.Rename(c.s.LockFile(), c.s.LockFile()+".corrupt"))
}

// checkCurrent goes back to the newest readable generation when the current one
// cannot be read.
func (c *checker) checkCurrent() error {
	_, err := c.s.readCurrent()
	if err == nil {
		return nil
	}
	c.note("current", repairCommand, false, true, "%v", err)
	if !c.repair {
		return nil
	}
	numbers, err := c.s.numbers()
	if err != nil {
		return storeError("repair", err)
	}
	for _, number := range slices.Backward(numbers) {
		if _, err := c.s.readGeneration(number); err == nil {
			return storeErrorOrNil("repair", c.s.flip(number))
		}
	}
	return storeErrorOrNil("repair", os.Remove(c.s.current()))
}

// checkPlugins compares every installed plugin with the lock file. One that is
// damaged is replaced by the version before it when that is sound, else dropped.
func (c *checker) checkPlugins() error {
	st, err := c.s.read()
	if err != nil {
		return nil //nolint:nilerr // it is among the findings already
	}
	next := st.generation.clone()
	var bad []string
	for _, pick := range st.generation.Plugin {
		detail := c.damage(st, pick)
		if detail == "" {
			continue
		}
		bad = append(bad, pick.Name)
		remedy := "jcode plugins install SOURCE"
		if e := st.lock.entry(pick.Name, pick.Tree); e != nil {
			remedy = "jcode plugins install " + e.Source
		}
		c.note(pick.Name+" "+pick.Version, remedy, false, true, "%s", detail)
		next.drop(pick.Name)
	}
	if len(bad) == 0 || !c.repair {
		return nil
	}
	for _, name := range bad {
		_ = os.Chmod(c.s.object(st.generation.pick(name).Tree), 0o700) //nolint:gosec // so that it can be removed
	}
	next.Reason = "repair: drop " + strings.Join(bad, ", ")
	return c.in.turn(st, next)
}

// damage says what is wrong with an installed plugin; "" when nothing is.
func (c *checker) damage(st *state, pick Pick) string {
	e := st.lock.entry(pick.Name, pick.Tree)
	if e == nil {
		return "it is not in plugins.lock"
	}
	object := c.s.object(pick.Tree)
	tree, err := treehash.Sum(object)
	switch {
	case err != nil:
		return "its files cannot be read: " + err.Error()
	case tree != e.Tree:
		return fmt.Sprintf("its files have digest %s, plugins.lock says %s", tree, e.Tree)
	}
	info, err := os.Stat(object)
	if err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o222 != 0 {
		c.note(pick.Name+" "+pick.Version, repairCommand, true, c.repair && os.Chmod(object, 0o555) == nil, "its folder can be written") //nolint:gosec // programs are there to be executed
	}
	return ""
}

// checkLeftovers finds what crashes left: it costs space and nothing else.
func (c *checker) checkLeftovers() error {
	if c.repair {
		if n := c.s.sweepStaging(); n > 0 {
			c.note("staging", "", true, true, "%d unfinished installs", n)
		}
		if n := c.s.sweepTemporary(); n > 0 {
			c.note("temporary files", "", true, true, "%d half-written files", n)
		}
	}
	if entries, err := os.ReadDir(c.s.quarantine()); err == nil && len(entries) > 0 {
		c.note("quarantine", "rm -r "+c.s.quarantine(), true, false, "%d downloads that did not have the right digest or signature", len(entries))
	}
	st, err := c.s.read()
	if err != nil || !c.repair {
		return nil //nolint:nilerr // it is among the findings already
	}
	c.dropUnreadable()
	return storeErrorOrNil("repair", c.in.collect(st))
}

// dropUnreadable removes generations that cannot be read, and those after the
// current one, which a crash kept from counting.
func (c *checker) dropUnreadable() {
	numbers, _ := c.s.numbers()
	current, _ := c.s.currentNumber()
	for _, number := range numbers {
		_, err := c.s.readGeneration(number)
		if number == current || (err == nil && number < current) {
			continue
		}
		c.note(filepath.Base(c.s.generation(number)), "", true, true, "a generation that never counted, or cannot be read")
		_ = os.Remove(c.s.generation(number))
	}
}

// Verification is the outcome of comparing one plugin with the lock file.
type Verification struct {
	Name, Version, SHA256, Trust, TrustDetail string
	OK                                        bool
	// Detail says what differs, with both digests.
	Detail string
}

// Verify hashes the named installed plugins, or all, and compares them with the
// lock file. It executes nothing and changes nothing.
func (in *Installer) Verify(names ...string) ([]Verification, error) {
	st, err := in.Store.read()
	if err != nil {
		return nil, err
	}
	var out []Verification
	c := &checker{in: in, s: in.Store}
	for _, pick := range st.generation.Plugin {
		if len(names) > 0 && !slices.Contains(names, pick.Name) {
			continue
		}
		v := Verification{Name: pick.Name, Version: pick.Version, Detail: c.damage(st, pick)}
		v.OK = v.Detail == ""
		if e := st.lock.entry(pick.Name, pick.Tree); e != nil {
			v.SHA256 = e.SHA256
			v.Trust, v.TrustDetail = e.trust()
		}
		out = append(out, v)
	}
	for _, name := range names {
		if !slices.ContainsFunc(out, func(v Verification) bool { return v.Name == name }) {
			return nil, notInstalled("verify", name)
		}
	}
	return out, nil
}
