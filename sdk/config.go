package sdk

// Config is what the host tells a plugin once, after it verified the program.
type Config struct {
	// HostVersion is the version of jcode.
	HostVersion string
	// WorkingDir is the absolute folder that the user works in.
	WorkingDir string
	// HomeDir is jcode's own folder (JCODE_HOME).
	HomeDir string
	// StateDir belongs to this plugin alone: state, credentials, caches. It
	// exists, with mode 0700.
	StateDir string
	// CacheDir may be emptied at any time. It exists.
	CacheDir string
	// Variables are the environment variables that the plugin's manifest
	// declares, that the user granted and that are set.
	Variables Variables
	// ChildEnvironment is the whole environment, "NAME=value", for the
	// vendor's program that the plugin runs; nil for plugins that run none.
	ChildEnvironment []string
	// Settings are the user's settings for this provider from config.toml,
	// as strings.
	Settings map[string]string
}

// Variables are environment variables by name. Values may be secret, so they
// print as redacted.
type Variables map[string]Secret

// Get returns the value of name, or "" when it was not granted or is not set.
func (v Variables) Get(name string) string { return v[name].Reveal() }

// Secret returns the value of name as a secret; it is empty when not granted
// or not set.
func (v Variables) Secret(name string) Secret { return v[name] }
