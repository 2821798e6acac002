package launch

import (
	"runtime"
	"slices"
	"strings"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
)

// Names that every plugin process gets when they are set. Everything else comes
// through Configure or not at all.
var (
	allowedNames    = []string{"PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "TERM", "TZ", "TMPDIR"}
	allowedPrefixes = []string{"LC_", "SSL_CERT_", "XDG_"}
	proxyNames      = []string{"HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "FTP_PROXY"}
	// A Windows program finds neither its libraries nor its user without these.
	windowsNames = []string{
		"SYSTEMROOT", "SYSTEMDRIVE", "WINDIR", "COMSPEC", "PATHEXT", "TEMP", "TMP",
		"USERPROFILE", "USERNAME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA", "PROGRAMDATA",
	}
)

// processEnvironment returns the environment of a plugin process: the allowed
// names of environ and JCODE_HOME. The last of several equal names counts.
func processEnvironment(environ []string, home string) []string {
	return processEnvironmentOn(runtime.GOOS, environ, home)
}

func processEnvironmentOn(goos string, environ []string, home string) []string {
	var kept []string
	for _, entry := range lastOnly(environ) {
		name, _, _ := strings.Cut(entry, "=")
		if allowed(goos, name) {
			kept = append(kept, entry)
		}
	}
	return append(kept, "JCODE_HOME="+home)
}

func allowed(goos, name string) bool {
	if slices.ContainsFunc(proxyNames, func(p string) bool { return strings.EqualFold(p, name) }) {
		return true
	}
	if goos == "windows" {
		name = strings.ToUpper(name) // names have no case there
		if slices.Contains(windowsNames, name) {
			return true
		}
	}
	return slices.Contains(allowedNames, name) ||
		slices.ContainsFunc(allowedPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}

// lastOnly drops malformed entries and all but the last of equal names, in order.
func lastOnly(environ []string) []string {
	last := map[string]int{}
	for i, entry := range environ {
		if name, _, ok := strings.Cut(entry, "="); ok && name != "" {
			last[name] = i
		}
	}
	var kept []string
	for i, entry := range environ {
		if name, _, ok := strings.Cut(entry, "="); ok && name != "" && last[name] == i {
			kept = append(kept, entry)
		}
	}
	return kept
}

// GrantedVariables returns what Configure tells a plugin of the user's
// environment: what its manifest declares, is set, and was not denied.
func GrantedVariables(environ []string, declared discover.Environment, denied []string) sdk.Variables {
	granted := sdk.Variables{}
	for _, entry := range lastOnly(environ) {
		name, value, _ := strings.Cut(entry, "=")
		if declared.Declares(name) && !isDenied(name, denied) && value != "" {
			granted[name] = sdk.NewSecret(value)
		}
	}
	return granted
}

// isDenied reports whether a variable was not granted: by its name, or with all that
// begin with a prefix.
func isDenied(name string, denied []string) bool {
	return slices.ContainsFunc(denied, func(d string) bool {
		return d == name || (strings.HasSuffix(d, "_") && strings.HasPrefix(name, d))
	})
}

// ChildEnvironment returns the environment for the vendor's program that a plugin
// runs: the user's, less what other plugins declare, less what looks like a secret
// and was not granted, less what belongs to this process alone.
func ChildEnvironment(environ []string, own discover.Environment, others []discover.Environment, denied []string) []string {
	kept := []string{}
	for _, entry := range lastOnly(environ) {
		name, _, _ := strings.Cut(entry, "=")
		if own.Declares(name) {
			if !isDenied(name, denied) {
				kept = append(kept, entry)
			}
			continue
		}
		elsewhere := slices.ContainsFunc(others, func(e discover.Environment) bool { return e.Declares(name) })
		if !elsewhere && !SecretName(name) && !hostOnly(name) {
			kept = append(kept, entry)
		}
	}
	return kept
}

var (
	secretSuffixes = []string{"TOKEN", "SECRET", "KEY", "PASSWORD", "PASSWD", "PASSPHRASE", "CREDENTIALS"}
	hostPrefixes   = []string{"JCODE_PLUGIN_", "JCODE_GUARD", "JCODE_PROVIDER_PLUGIN", "PLUGIN_"}
)

// SecretName reports whether a variable of this name looks like it holds a secret:
// NAME_TOKEN, NAME_SECRET, NAME_KEY and the like.
func SecretName(name string) bool {
	upper := strings.ToUpper(name)
	return slices.ContainsFunc(secretSuffixes, func(suffix string) bool {
		return upper == suffix || strings.HasSuffix(upper, "_"+suffix)
	})
}

func hostOnly(name string) bool {
	return slices.ContainsFunc(hostPrefixes, func(p string) bool { return strings.HasPrefix(name, p) })
}
