package shellout

import (
	"maps"
	"runtime"
	"slices"
	"strings"
)

// neverInherited are the variables that no vendor's program is given: what belongs
// to the plugin's own process and its handshake, what would make another program
// of a Node or Electron one, and what would force colours onto a pipe.
var neverInherited = []string{
	"PLUGIN_*", "JCODE_PLUGIN_*", "JCODE_PROVIDER_PLUGIN", "JCODE_GUARD",
	"NODE_OPTIONS", "NODE_CHANNEL_FD", "ELECTRON_RUN_AS_NODE",
	"FORCE_COLOR", "CLICOLOR_FORCE",
}

// alwaysSet: a pipe gets no colours anyway, but not every program looks.
var alwaysSet = map[string]string{"NO_COLOR": "1"}

// Environment returns the environment for a vendor's program: base, usually
// [sdk.Config.ChildEnvironment], less the variables that no such program gets,
// less those that drop names, plus those of set, whose values beat everything. A
// name in drop may end in "*" for all that begin so. NO_COLOR is set unless drop
// names it.
//
// Of several entries with one name the last counts; entries without a name or "="
// are left out. Names have no case on Windows. Base is not changed. The result is
// never nil, and secrets in it are the caller's to hide: see [Command.Redact].
func Environment(base, drop []string, set map[string]string) []string {
	return environmentOn(runtime.GOOS, base, drop, set)
}

func environmentOn(goos string, base, drop []string, set map[string]string) []string {
	kept := []string{}
	for _, entry := range base {
		name := nameOf(entry)
		if name != "" && !matches(goos, neverInherited, name) && !matches(goos, drop, name) {
			kept = append(kept, entry)
		}
	}
	added := map[string]string{}
	for name, value := range alwaysSet {
		if !matches(goos, drop, name) {
			added[name] = value
		}
	}
	maps.Copy(added, set)
	return mergeOn(goos, kept, added)
}

// merge returns base with set, the last of equal names only.
func merge(base []string, set map[string]string) []string {
	return mergeOn(runtime.GOOS, base, set)
}

func mergeOn(goos string, base []string, set map[string]string) []string {
	all := slices.Clone(base)
	for _, name := range slices.Sorted(maps.Keys(set)) {
		all = append(all, name+"="+set[name])
	}
	last := map[string]int{}
	for i, entry := range all {
		last[folded(goos, nameOf(entry))] = i
	}
	kept := all[:0]
	for i, entry := range all {
		if name := nameOf(entry); name != "" && last[folded(goos, name)] == i {
			kept = append(kept, entry)
		}
	}
	return kept
}

// nameOf is the name of an entry, "" if it has none. Windows keeps the folders of
// drives under names that begin with "=".
func nameOf(entry string) string {
	i := strings.IndexByte(strings.TrimPrefix(entry, "="), '=')
	if i <= 0 {
		return ""
	}
	return entry[:i+len(entry)-len(strings.TrimPrefix(entry, "="))]
}

func matches(goos string, patterns []string, name string) bool {
	name = folded(goos, name)
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		pattern = folded(goos, pattern)
		if prefix, ok := strings.CutSuffix(pattern, "*"); ok {
			return strings.HasPrefix(name, prefix)
		}
		return name == pattern
	})
}

func folded(goos, name string) string {
	if goos == "windows" {
		return strings.ToUpper(name)
	}
	return name
}

// Value is that of name in environment, and whether it is set, perhaps to nothing.
// The last of several entries counts.
func Value(environment []string, name string) (value string, set bool) {
	name = folded(runtime.GOOS, name)
	for _, entry := range environment {
		if n := nameOf(entry); n != "" && folded(runtime.GOOS, n) == name {
			value, set = entry[len(n)+1:], true
		}
	}
	return value, set
}

// lookup is the value of name, "" if it is not set.
func lookup(environment []string, name string) string {
	value, _ := Value(environment, name)
	return value
}
