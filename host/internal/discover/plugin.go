package discover

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"sync"
	"time"
)

// Prefix starts the file name of every plugin program.
const Prefix = "jcode-provider-"

// Source says which rule of the search found a plugin.
type Source string

// The sources, strongest first.
const (
	// SourceFlag is --plugin NAME=PATH.
	SourceFlag Source = "flag"
	// SourceDev is a plugin that `jcode plugins dev` builds.
	SourceDev Source = "dev"
	// SourcePath is a folder of JCODE_PLUGIN_PATH.
	SourcePath Source = "path"
	// SourceInstalled is the store of installed plugins.
	SourceInstalled Source = "installed"
	// SourceBundled is the folder that came with the host.
	SourceBundled Source = "bundled"
)

// Status says whether a plugin would be launched.
type Status string

// The states of a row.
const (
	// StatusOK: this is the one that is launched under its name.
	StatusOK Status = "ok"
	// StatusBroken: it cannot be launched, Reason says why.
	StatusBroken Status = "broken"
	// StatusShadowed: another one of the same name comes first.
	StatusShadowed Status = "shadowed"
	// StatusBlocked: it is sound, but this host may not launch it.
	StatusBlocked Status = "blocked"
	// StatusDisabled: the user has disabled its name.
	StatusDisabled Status = "disabled"
)

// What Plugin.Trust can say. The digest itself is checked at every launch; a
// listing compares no more than presence and size.
const (
	TrustVerified   = "verified"
	TrustModified   = "modified"
	TrustNoLock     = "no lock"
	TrustUnverified = "unverified (your path)"
	// TrustSigned and TrustFirstUse are those of installed plugins.
	TrustSigned   = "signed"
	TrustFirstUse = "first use"
)

// Plugin is one row of the listing: a program that was found, whether or not it
// can be launched. The field names of its JSON form are stable. A Plugin is a
// plain value; its slices are not changed after List returned it.
type Plugin struct {
	Name    string `json:"name"`
	Display string `json:"display"`
	Version string `json:"version"`
	// Protocol lists the protocol versions that it speaks; empty is unknown
	// until it is launched.
	Protocol []int `json:"protocol"`
	// SDKVersion is the linked SDK; "devel" for one built in a workspace, empty
	// for a program without the SDK.
	SDKVersion string `json:"sdk_version"`
	Source     Source `json:"source"`
	Path       string `json:"path"`
	Status     Status `json:"status"`
	// Reason explains every status but ok; Remedy is the next step.
	Reason string `json:"reason,omitempty"`
	Remedy string `json:"remedy,omitempty"`
	// Kind is "http", "cli", or empty when no manifest tells.
	Kind         string `json:"kind"`
	Experimental bool   `json:"experimental"`
	// Rank orders the choice of a provider when the user names none, lowest
	// first; DefaultRank without a manifest.
	Rank  int    `json:"rank"`
	Trust string `json:"trust"`
	// TrustDetail says what Trust rests on.
	TrustDetail string `json:"trust_detail,omitempty"`
	// Size is in bytes.
	Size        int64  `json:"size"`
	Description string `json:"description,omitempty"`
	// Warnings are things to know that do not stop a launch.
	Warnings []string `json:"warnings,omitempty"`

	// Manifest is what the plugin declares; the zero value without one.
	Manifest Manifest `json:"-"`
	// Foreign means that no SDK is linked in: another language, or another
	// build of go-plugin.
	Foreign bool `json:"-"`
	// Script means that the file begins with "#!".
	Script bool `json:"-"`
	// LockedSHA256 is the digest that plugins.lock demands, in lower-case hex;
	// empty when nothing does. LockPath is that file, where it is not the one
	// beside bundled plugins.
	LockedSHA256 string `json:"-"`
	LockPath     string `json:"-"`
	// LockedBlocks is package blockhash's digest of the same bytes; empty when the
	// lock file has none.
	LockedBlocks string `json:"-"`
	// LockedTree is the digest of all files of an installed plugin, TreeRoot the
	// folder that they are in.
	LockedTree string `json:"-"`
	TreeRoot   string `json:"-"`
	// Denied are declared variables, and prefixes, that the user did not grant.
	Denied []string `json:"-"`
	// Origin is where an installed plugin was installed from, Signer the minisign
	// key that signed it, if any.
	Origin    string    `json:"-"`
	Signer    string    `json:"-"`
	Installed time.Time `json:"-"`
	// Pinned means that upgrades pass it by.
	Pinned bool `json:"-"`
	// ReplacesBundled is the consent to take the name of a bundled plugin.
	ReplacesBundled bool `json:"-"`

	// yields means that it does not take its name from another row.
	yields bool
}

// DefaultRank is the rank of a plugin that declares none.
const DefaultRank = 1000

var namePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[a-z][a-z0-9-]{1,31}$`)
})

// ValidName reports whether name can be a plugin's name.
func ValidName(name string) bool { return namePattern().MatchString(name) }

func (p *Plugin) breakWith(reason, remedy string) {
	if p.Status == StatusBroken { // the first finding is the cause
		return
	}
	p.Status, p.Reason, p.Remedy = StatusBroken, reason, remedy
}

// Mark says that a row cannot be launched because its program is not what it was.
func (p *Plugin) Mark(trust, reason, remedy string) {
	p.Trust = trust
	p.breakWith(reason, remedy)
}

// Judge decides what a row whose facts are known is good for on this host: it sets
// Status, with its reason, unless the row is broken already.
func (p *Plugin) Judge(o Options) {
	if p.Status == "" {
		p.Status = StatusOK
	}
	p.checkProtocol(o)
	p.checkHost(o.HostVersion)
}

// overlaps reports whether host and plugin have a protocol version in common. A
// plugin that tells none is asked at launch.
func overlaps(plugin, host []int) bool {
	if len(plugin) == 0 {
		return true
	}
	return slices.ContainsFunc(plugin, func(v int) bool { return slices.Contains(host, v) })
}

// FormatProtocols writes protocol versions for people: "1", "1-3", "1, 4".
func FormatProtocols(versions []int) string {
	switch len(versions) {
	case 0:
		return "unknown"
	case 1:
		return strconv.Itoa(versions[0])
	}
	sorted := slices.Sorted(slices.Values(versions))
	first, last := sorted[0], sorted[len(sorted)-1]
	switch {
	case first == last:
		return fmt.Sprint(first)
	case last-first == len(slices.Compact(sorted))-1:
		return fmt.Sprintf("%d-%d", first, last)
	}
	text := ""
	for i, v := range sorted {
		if i > 0 {
			text += ", "
		}
		text += fmt.Sprint(v)
	}
	return text
}
