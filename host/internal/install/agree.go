package install

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Consent is what the user is asked to agree to.
type Consent struct {
	Name, Display, Version string
	// Previous is the installed version; empty for a new plugin.
	Previous                                string
	Publisher, Homepage, License            string
	Source, URL, SHA256, Trust, TrustDetail string
	// Kind is "http" or "cli"; Sandboxed says that its files are walled off.
	Kind      string
	Sandboxed bool
	// Asks is all that it asks for; Removed what the installed version asked for
	// and this one does not.
	Asks, Removed []Ask
	// Warnings are what speaks against it.
	Warnings []string
}

// Decision is what the user said.
type Decision struct {
	Agreed bool
	// Denied are items that are not granted.
	Denied []string
}

// agree finds out what is new about the candidate and asks, unless the user has
// agreed to all of it before.
func (c *candidate) agree(ctx context.Context) error {
	c.in.step("consent")
	st, err := c.in.Store.read()
	if err != nil {
		return err
	}
	return c.agreeOver(ctx, st)
}

func (c *candidate) agreeOver(ctx context.Context, st *state) error {
	c.basis = st.current(c.entry.Name)
	if err := c.checkBundled(); err != nil {
		return err
	}
	consent := c.consent(st)
	if c.basis != nil && !c.needsConsent(consent) {
		c.entry.Denied = slices.DeleteFunc(slices.Clone(c.basis.Denied), func(item string) bool { return !c.entry.Asks.has(item) })
		return nil
	}
	if c.in.Ask == nil {
		return problem(KindConsent, "", "nobody can be asked")
	}
	decision, err := c.in.Ask(ctx, consent)
	if err != nil {
		return err
	}
	if !decision.Agreed {
		return &Error{Op: "install " + c.entry.Name, Kind: KindConsent, Detail: "you did not agree; nothing was changed"}
	}
	c.entry.Denied = nil
	for _, item := range decision.Denied {
		if c.entry.Asks.has(item) {
			c.entry.Denied = append(c.entry.Denied, item)
		}
	}
	return nil
}

// current returns the entry of the installed version of name, or nil.
func (st *state) current(name string) *Entry {
	pick := st.generation.pick(name)
	if pick == nil {
		return nil
	}
	return st.lock.entry(name, pick.Tree)
}

func (c *candidate) needsConsent(consent Consent) bool {
	b := c.basis
	return slices.ContainsFunc(consent.Asks, func(a Ask) bool { return a.New }) ||
		b.Source != c.entry.Source || b.Signer != c.entry.Signer || b.ReplacesBundled != c.entry.ReplacesBundled ||
		b.Facts.Kind != c.entry.Facts.Kind
}

func (c *candidate) consent(st *state) Consent {
	e := &c.entry
	trust, detail := e.trust()
	consent := Consent{
		Name: e.Name, Display: e.Facts.Display, Version: e.Version, Publisher: e.Facts.Publisher, Homepage: e.Facts.Homepage, License: e.Facts.License,
		Source: e.Source, URL: e.URL, SHA256: e.SHA256, Trust: trust, TrustDetail: detail,
		Kind: e.Facts.Kind, Sandboxed: e.Facts.Kind != discover.KindCLI && len(e.Asks.Programs) == 0,
		Warnings: slices.Clone(c.notes),
	}
	if e.ReplacesBundled {
		consent.Warnings = append(consent.Warnings, "it takes the place of the bundled plugin of this name")
	}
	for _, ask := range e.Asks.list() {
		ask.New = c.basis == nil || !c.basis.Asks.has(ask.Item())
		ask.Note = c.note(ask, st)
		consent.Asks = append(consent.Asks, ask)
	}
	if c.basis == nil {
		consent.Warnings = append(consent.Warnings, c.lookAlikes()...)
		return consent
	}
	consent.Previous = c.basis.Version
	for _, ask := range c.basis.Asks.list() {
		if !e.Asks.has(ask.Item()) {
			consent.Removed = append(consent.Removed, ask)
		}
	}
	consent.Warnings = append(consent.Warnings, c.differences()...)
	return consent
}

// note warns of an ask that reaches into another provider's.
func (c *candidate) note(ask Ask, st *state) string {
	for _, other := range c.others(st) {
		m := other.Manifest
		switch {
		case ask.Kind == AskVariable && overlap(m.Environment, ask.Name):
			return "belongs to " + other.Name
		case ask.Kind == AskRead || ask.Kind == AskWrite:
			if slices.Contains(m.Files.Read, ask.Name) || slices.Contains(m.Files.Write, ask.Name) {
				return "belongs to " + other.Name
			}
		}
	}
	return ""
}

// overlap reports whether a variable, or all of a prefix, is declared.
func overlap(e discover.Environment, name string) bool {
	if e.Declares(name) {
		return true
	}
	return strings.HasSuffix(name, "_") && slices.ContainsFunc(append(slices.Clone(e.Variables), e.Prefixes...), func(v string) bool {
		return strings.HasPrefix(v, name)
	})
}

// others are all other plugins, wherever they come from.
func (c *candidate) others(st *state) []discover.Plugin {
	others := slices.DeleteFunc(slices.Clone(c.in.Others), func(p discover.Plugin) bool { return p.Name == c.entry.Name })
	for _, pick := range st.generation.Plugin {
		if e := st.lock.entry(pick.Name, pick.Tree); e != nil && pick.Name != c.entry.Name {
			others = append(others, discover.Plugin{Name: e.Name, Manifest: e.manifest()})
		}
	}
	return others
}

// lookAlikes warns of a name that could be taken for a bundled one.
func (c *candidate) lookAlikes() []string {
	var warnings []string
	for _, other := range c.in.Others {
		if other.Source == discover.SourceBundled && other.Name != c.entry.Name && levenshtein.ComputeDistance(other.Name, c.entry.Name) == 1 {
			warnings = append(warnings, fmt.Sprintf("its name is easily taken for the bundled plugin %s", other.Name))
		}
	}
	return warnings
}

// differences are what else has changed since the installed version.
func (c *candidate) differences() []string {
	var out []string
	b, e := c.basis, &c.entry
	if b.Source != e.Source {
		out = append(out, fmt.Sprintf("it comes from another place: %s, not %s", e.Source, b.Source))
	}
	if b.Signer != e.Signer {
		out = append(out, fmt.Sprintf("the signer changes from %s to %s", signerName(b.Signer), signerName(e.Signer)))
	}
	if b.Facts.Kind != e.Facts.Kind {
		out = append(out, fmt.Sprintf("it becomes a plugin of kind %q; it was %q", e.Facts.Kind, b.Facts.Kind))
	}
	if older(e.Version, b.Version) {
		out = append(out, fmt.Sprintf("it is older than the installed version %s", b.Version))
	}
	return out
}

// checkBundled refuses a bundled plugin's name without consent.
func (c *candidate) checkBundled() error {
	bundled := slices.ContainsFunc(c.in.Others, func(p discover.Plugin) bool {
		return p.Source == discover.SourceBundled && p.Name == c.entry.Name
	})
	if !bundled {
		return nil
	}
	if !c.request.ReplaceBundled && (c.basis == nil || !c.basis.ReplacesBundled) {
		return &Error{
			Op: "install " + c.entry.Name, Kind: KindConsent,
			Detail: fmt.Sprintf("jcode comes with a plugin %s of its own, and %s claims the same name", c.entry.Name, c.entry.Source),
			Remedy: "jcode plugins install --replace-bundled " + c.request.Source,
		}
	}
	c.entry.ReplacesBundled = true
	return nil
}
