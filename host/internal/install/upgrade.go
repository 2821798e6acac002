package install

import (
	"context"
	"encoding/json"
	"os/exec"
	"slices"
	"strings"
)

// Outdated asks the sources of the named plugins, or of all, what they have. A
// source that cannot be asked is a row with a reason.
func (in *Installer) Outdated(ctx context.Context, names ...string) ([]Update, error) {
	entries, picks, err := in.Store.Entries()
	if err != nil {
		return nil, err
	}
	var updates []Update
	for i := range entries {
		if len(names) > 0 && !slices.Contains(names, entries[i].Name) {
			continue
		}
		u := Update{Name: entries[i].Name, Installed: entries[i].Version, Pinned: picks[i].Pinned, Source: entries[i].Source, Checked: in.now()}
		in.latest(ctx, &entries[i], &u)
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		updates = append(updates, u)
	}
	for _, name := range names {
		if !slices.ContainsFunc(updates, func(u Update) bool { return u.Name == name }) {
			return nil, notInstalled("look for updates of", name)
		}
	}
	return updates, nil
}

// latest fills in what the source of an entry has.
func (in *Installer) latest(ctx context.Context, e *Entry, u *Update) {
	s, err := sourceOf(e.Source, in.Dir)
	if err != nil {
		u.Reason = "its source is gone"
		return
	}
	switch s.kind {
	case releaseSource:
		err = in.latestRelease(ctx, s, e, u)
	case moduleSource:
		err = in.latestModule(ctx, s, u)
	default:
		u.Reason = "its source has no versions"
		return
	}
	if err != nil {
		u.Reason = err.Error()
	}
}

func (in *Installer) latestRelease(ctx context.Context, s source, e *Entry, u *Update) error {
	p, err := in.publication(ctx, s)
	if err != nil {
		return err
	}
	u.Latest, u.Wanted = p.version, p.version
	if e.Constraint == "" || isExact(e.Constraint) {
		return nil
	}
	s.wanted = e.Constraint
	p, err = in.publication(ctx, s)
	if err == nil {
		u.Wanted = p.version
	}
	return err
}

// isExact reports whether a constraint is one version, which was wanted for that
// one install: keeping it is what pin is for.
func isExact(constraint string) bool {
	return validVersion(strings.TrimPrefix(constraint, "v"))
}

func (in *Installer) latestModule(ctx context.Context, s source, u *Update) error {
	tool, err := in.lookGo()
	if err != nil {
		return err
	}
	for module := s.path; strings.Contains(module, "/"); module = module[:strings.LastIndex(module, "/")] {
		cmd := exec.CommandContext(ctx, tool, "list", "-m", "-json", module+"@latest")
		cmd.Dir, cmd.Env = in.Store.Root(), in.goEnvironment(in.Store.Root())
		out, listErr := cmd.Output()
		var found struct{ Version string }
		if listErr == nil && json.Unmarshal(out, &found) == nil && found.Version != "" {
			u.Latest = strings.TrimPrefix(found.Version, "v")
			u.Wanted = u.Latest
			return nil
		}
		err = listErr
	}
	return err
}

// Upgrade replaces a plugin by the newest version that its constraint allows.
// Local files and plain addresses are read again. More grants than the installed
// version has need consent.
func (in *Installer) Upgrade(ctx context.Context, name string, r Request) (Result, error) {
	st, err := in.Store.read()
	if err != nil {
		return Result{}, err
	}
	e := st.current(name)
	if e == nil {
		return Result{}, notInstalled("upgrade", name)
	}
	if pick := st.generation.pick(name); pick.Pinned && r.Source == "" {
		return Result{}, &Error{
			Op: "upgrade " + name, Kind: KindConsent, Detail: "it is pinned to version " + pick.Version, Remedy: "jcode plugins pin --remove " + name,
		}
	}
	if r.Source == "" {
		r.Source = e.Source
		if e.Constraint != "" && !isExact(e.Constraint) {
			r.Source += "@" + e.Constraint
		}
	}
	r.upgrade = e
	return in.Install(ctx, r)
}
