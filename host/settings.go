package host

import "time"

// ConfigValue is one setting and where its value comes from.
type ConfigValue struct {
	Key   string
	Value string
	// Origin is "default", "FILE:LINE", "environment NAME", "--set" or "flag".
	Origin string
	// Description is one line of help; empty for provider settings.
	Description string
}

// Settings are the settings that cmd itself needs.
type Settings struct {
	// StdinGrace is how long to wait for a silent pipe beside a prompt.
	StdinGrace time.Duration
	// StdinLimit is how many bytes of piped input go to the model.
	StdinLimit int64
}

// Settings returns the settings that cmd needs before a run.
func (h *Host) Settings() (Settings, error) { return h.readSettings() }

// ConfigPath is the configuration file. It may not exist.
func (h *Host) ConfigPath() string { return h.configPath() }

// ConfigGet returns one setting. An unknown key is a [UsageError] with the
// nearest names.
func (h *Host) ConfigGet(key string) (ConfigValue, error) { return h.configGet(key) }

// ConfigSet writes one setting to the file, keeping what else is in it. The
// value is checked first.
func (h *Host) ConfigSet(key, value string) error { return h.configSet(key, value) }

// ConfigList returns every known setting and every provider setting, sorted.
func (h *Host) ConfigList() ([]ConfigValue, error) { return h.configList() }

// ConfigWarnings are faults of the configuration that do not stop anything:
// unknown keys, an ignored project file.
func (h *Host) ConfigWarnings() []Warning { return h.configWarnings() }
