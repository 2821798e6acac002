package install

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// notInstalled says that no installed plugin has a name.
func notInstalled(op, name string) error {
	return &Error{Op: op + " " + name, Kind: KindNotFound, Detail: "no installed plugin has this name", Remedy: "jcode plugins list"}
}

// edit makes a new generation out of the current one. change returns the reason;
// an empty one means that nothing is to be done.
func (in *Installer) edit(ctx context.Context, change func(*state, *Generation) (string, error)) (Result, error) {
	var result Result
	err := in.Store.change(ctx, func() error {
		st, err := in.Store.read()
		if err != nil {
			return err
		}
		next := st.generation.clone()
		reason, err := change(st, next)
		if err != nil {
			return err
		}
		if reason == "" {
			result = Result{Generation: st.generation.Number, Unchanged: true}
			return nil
		}
		next.Reason = reason
		if err := in.turn(st, next); err != nil {
			return err
		}
		result.Generation = next.Number
		return nil
	})
	return result, err
}

// Uninstall takes a plugin out of the current generation; its grants end with that.
// A running jcode keeps the files it uses. With purge the older versions go as
// well, and home's folders data/NAME, cache/NAME and its logs.
func (in *Installer) Uninstall(ctx context.Context, name, home string, purge bool) (Result, error) {
	version := ""
	result, err := in.edit(ctx, func(st *state, next *Generation) (string, error) {
		pick := next.pick(name)
		if pick == nil {
			if purge && st.lock.knows(name) {
				return "", nil
			}
			return "", notInstalled("uninstall", name)
		}
		version = pick.Version
		next.drop(name)
		next.Disabled = slices.DeleteFunc(next.Disabled, func(d string) bool { return d == name })
		return "uninstall " + name + " " + version, nil
	})
	if err != nil {
		return result, err
	}
	result.Name, result.Previous = name, version
	_ = os.Remove(filepath.Join(home, "cache", ".status", name+".json"))
	if !purge {
		return result, nil
	}
	if err := in.Store.change(ctx, func() error { return in.forget(name) }); err != nil {
		return result, err
	}
	logs, _ := filepath.Glob(filepath.Join(home, "logs", name+"*.jsonl"))
	crashes, _ := filepath.Glob(filepath.Join(home, "logs", name+"-crash-*.txt"))
	for _, path := range slices.Concat([]string{filepath.Join(home, "data", name), filepath.Join(home, "cache", name)}, logs, crashes) {
		if err := os.RemoveAll(path); err != nil {
			return result, storeError("purge "+name, err)
		}
	}
	return result, nil
}

func (l *Lock) knows(name string) bool {
	return slices.ContainsFunc(l.Plugin, func(e Entry) bool { return e.Name == name })
}

// forget takes a plugin out of the older generations, so that nothing keeps its
// files. They are written anew one by one; none of them counts.
func (in *Installer) forget(name string) error {
	st, err := in.Store.read()
	if err != nil {
		return err
	}
	numbers, err := in.Store.numbers()
	if err != nil {
		return storeError("purge "+name, err)
	}
	for _, number := range numbers {
		if number == st.generation.Number {
			continue // it does not name the plugin any more
		}
		g, err := in.Store.readGeneration(number)
		if err != nil || g.pick(name) == nil {
			continue
		}
		g.drop(name)
		if err := in.Store.rewrite(g); err != nil {
			return storeError("purge "+name, err)
		}
	}
	return storeErrorOrNil("purge "+name, in.collect(st))
}

// Pin sets whether upgrades pass a plugin by.
func (in *Installer) Pin(ctx context.Context, name string, pinned bool) (Result, error) {
	result, err := in.edit(ctx, func(_ *state, next *Generation) (string, error) {
		pick := next.pick(name)
		switch {
		case pick == nil:
			return "", notInstalled("pin", name)
		case pick.Pinned == pinned:
			return "", nil
		}
		pick.Pinned = pinned
		if pinned {
			return "pin " + name + " " + pick.Version, nil
		}
		return "unpin " + name, nil
	})
	result.Name = name
	return result, err
}

// Enable sets whether the plugins of a name are launched, wherever they come from.
func (in *Installer) Enable(ctx context.Context, name string, enabled bool) (Result, error) {
	result, err := in.edit(ctx, func(_ *state, next *Generation) (string, error) {
		known := next.pick(name) != nil || slices.ContainsFunc(in.Others, func(p discover.Plugin) bool { return p.Name == name })
		disabled := slices.Contains(next.Disabled, name)
		switch {
		case !known && !disabled:
			return "", notInstalled("change", name)
		case disabled != enabled:
			return "", nil
		case enabled:
			next.Disabled = slices.DeleteFunc(next.Disabled, func(d string) bool { return d == name })
			return "enable " + name, nil
		}
		next.Disabled = append(next.Disabled, name)
		slices.Sort(next.Disabled)
		return "disable " + name, nil
	})
	result.Name = name
	return result, err
}

// Change is what a rollback changes for one plugin.
type Change struct{ Name, From, To string }

// Rollback goes back: to generation to, or to the one before the current when to
// is 0; with a name only for this plugin, to the version before. It moves nothing
// and takes the same time whatever is installed. A plugin that was uninstalled has
// no grants any more: the user is asked again.
func (in *Installer) Rollback(ctx context.Context, name string, to int) ([]Change, Result, error) {
	var changes []Change
	agreed := map[string]bool{}
	for {
		var missing []*Entry
		result, err := in.edit(ctx, func(st *state, next *Generation) (string, error) {
			target, err := in.target(st, name, to)
			if err != nil {
				return "", err
			}
			before := st.generation
			if name == "" {
				next.Plugin, next.Disabled = slices.Clone(target.Plugin), slices.Clone(target.Disabled)
			} else if err := rollOne(next, target, name); err != nil {
				return "", err
			}
			changes = compare(before, next)
			missing, err = in.needAgreement(st, before, next, agreed)
			if err != nil || len(missing) > 0 || len(changes) == 0 && slices.Equal(before.Disabled, next.Disabled) && slices.Equal(before.Plugin, next.Plugin) {
				return "", err
			}
			return rollbackReason(name, target), nil
		})
		if err != nil || len(missing) == 0 {
			return changes, result, err
		}
		for _, e := range missing {
			if err := in.agreeAgain(ctx, e); err != nil {
				return nil, Result{}, err
			}
			agreed[e.Name+e.Tree] = true
		}
	}
}

func rollbackReason(name string, target *Generation) string {
	if name == "" {
		return fmt.Sprintf("roll back to generation %d", target.Number)
	}
	return fmt.Sprintf("roll %s back to generation %d", name, target.Number)
}

// target finds the generation to go back to.
func (in *Installer) target(st *state, name string, to int) (*Generation, error) {
	if to > 0 {
		g, err := in.Store.readGeneration(to)
		if err != nil {
			return nil, &Error{Op: "roll back", Kind: KindNotFound, Detail: fmt.Sprintf("there is no generation %d", to), Remedy: "jcode plugins rollback --list"}
		}
		return g, nil
	}
	numbers, err := in.Store.numbers()
	if err != nil {
		return nil, storeError("roll back", err)
	}
	current := st.generation.pick(name)
	for _, number := range slices.Backward(numbers) {
		if number >= st.generation.Number {
			continue
		}
		g, err := in.Store.readGeneration(number)
		if err != nil {
			continue
		}
		pick := g.pick(name)
		if name == "" || pick != nil && (current == nil || pick.Tree != current.Tree) {
			return g, nil
		}
	}
	if name == "" && st.generation.Number > 0 && len(numbers) > 0 && numbers[0] == 1 {
		return &Generation{Schema: 1}, nil // before the first: nothing was installed
	}
	what := "there is no earlier state"
	if name != "" {
		what = "no other version of it is kept"
	}
	return nil, &Error{Op: strings.TrimSpace("roll back " + name), Kind: KindNotFound, Detail: what, Remedy: "jcode plugins rollback --list"}
}

func rollOne(next, target *Generation, name string) error {
	pick := target.pick(name)
	if pick == nil {
		if next.pick(name) == nil {
			return notInstalled("roll back", name)
		}
		next.drop(name)
		return nil
	}
	next.set(*pick)
	return nil
}

func compare(before, next *Generation) []Change {
	var changes []Change
	for _, p := range next.Plugin {
		old := before.pick(p.Name)
		if old == nil {
			changes = append(changes, Change{Name: p.Name, To: p.Version})
		} else if old.Tree != p.Tree {
			changes = append(changes, Change{Name: p.Name, From: old.Version, To: p.Version})
		}
	}
	for _, p := range before.Plugin {
		if next.pick(p.Name) == nil {
			changes = append(changes, Change{Name: p.Name, From: p.Version})
		}
	}
	return changes
}

// needAgreement are the entries of next whose grants have ended, or that lack.
func (in *Installer) needAgreement(st *state, before, next *Generation, agreed map[string]bool) ([]*Entry, error) {
	var missing []*Entry
	for _, p := range next.Plugin {
		e := st.lock.entry(p.Name, p.Tree)
		old := before.pick(p.Name)
		if old != nil && old.Tree == p.Tree {
			continue
		}
		if e == nil || !in.Store.holds(e) {
			return nil, &Error{
				Op: "roll back", Kind: KindStore, Detail: fmt.Sprintf("the files of %s %s are gone or were changed", p.Name, p.Version),
				Remedy: "jcode plugins install SOURCE@" + p.Version,
			}
		}
		if old == nil && !agreed[e.Name+e.Tree] {
			copied := *e
			missing = append(missing, &copied)
		}
	}
	return missing, nil
}

// holds reports whether an entry's program is in the store, by its size; the launch
// compares the digest.
func (s Store) holds(e *Entry) bool {
	info, err := os.Stat(filepath.Join(s.object(e.Tree), filepath.FromSlash(e.File)))
	return err == nil && info.Size() == e.Size
}

func (in *Installer) agreeAgain(ctx context.Context, e *Entry) error {
	c := &candidate{in: in, entry: *e, request: Request{Source: e.Source, ReplaceBundled: e.ReplacesBundled}}
	st, err := in.Store.read()
	if err != nil {
		return err
	}
	c.notes = []string{"it was uninstalled, and what it had been granted ended with that"}
	return c.agreeOver(ctx, st)
}

// Generations lists the states that can be gone back to, newest first.
func (s Store) Generations() ([]Generation, int, error) {
	numbers, err := s.numbers()
	if err != nil {
		return nil, 0, storeError("list generations", err)
	}
	current, err := s.currentNumber()
	if err != nil {
		return nil, 0, storeError("list generations", err)
	}
	var all []Generation
	for _, number := range slices.Backward(numbers) {
		if g, err := s.readGeneration(number); err == nil {
			all = append(all, *g)
		}
	}
	return all, current, nil
}

// Entries returns the installed plugins with all that is known of them.
func (s Store) Entries() ([]Entry, []Pick, error) {
	st, err := s.read()
	if err != nil {
		return nil, nil, err
	}
	var entries []Entry
	var picks []Pick
	for _, p := range st.generation.Plugin {
		if e := st.lock.entry(p.Name, p.Tree); e != nil {
			entries, picks = append(entries, *e), append(picks, p)
		}
	}
	return entries, picks, nil
}

// Update is what a source has for an installed plugin.
type Update struct {
	Name, Installed, Latest string
	// Wanted is the newest version that the constraint allows.
	Wanted string
	Pinned bool
	Source string
	// Checked is when; Reason says why nothing is known.
	Checked time.Time
	Reason  string
}

// Newer reports whether an upgrade would change something.
func (u Update) Newer() bool { return u.Wanted != "" && older(u.Installed, u.Wanted) }
