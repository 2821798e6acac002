package host

import (
	"errors"
	"maps"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/config"
)

// ConfigValue is one setting and where its value comes from.
type ConfigValue struct {
	Key   string
	Value string
	// Origin is "default", "FILE:LINE", "environment NAME" or "--set".
	Origin string
	// Description is one line of help.
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
func (h *Host) Settings() (Settings, error) {
	c, err := h.config(nil)
	if err != nil {
		return Settings{}, err
	}
	return Settings{StdinGrace: c.StdinGrace, StdinLimit: c.StdinLimit}, nil
}

// ConfigPath is the configuration file. It may not exist.
func (h *Host) ConfigPath() string { return filepath.Join(h.home, config.FileName) }

// ConfigGet returns one setting. An unknown key is a [UsageError] with the
// nearest names.
func (h *Host) ConfigGet(key string) (ConfigValue, error) {
	c, err := h.config(nil)
	if err != nil {
		return ConfigValue{}, err
	}
	value, err := c.Get(key)
	if err != nil {
		return ConfigValue{}, usageOf(err)
	}
	return configValue(value), nil
}

// ConfigSet writes one setting to the file, keeping what else is in it. The
// value is checked first.
func (h *Host) ConfigSet(key, value string) error {
	err := usageOf(config.Set(h.ConfigPath(), key, value))
	var bad *ConfigError
	if errors.As(err, &bad) && bad.File == "" { // the value, not the file, is wrong
		return &UsageError{Message: bad.Error(), Remedy: "jcode config list"}
	}
	return err
}

// ConfigList returns every known setting and every provider setting, sorted.
func (h *Host) ConfigList() ([]ConfigValue, error) {
	c, err := h.config(nil)
	if err != nil {
		return nil, err
	}
	var values []ConfigValue
	for _, value := range c.List() {
		values = append(values, configValue(value))
	}
	return values, nil
}

// ConfigWarnings are faults of the configuration that do not stop anything:
// unknown keys, an ignored project file.
func (h *Host) ConfigWarnings() []Warning {
	c, err := h.config(nil)
	if err != nil {
		return nil
	}
	return configWarnings(c)
}

func configWarnings(c *config.Config) []Warning {
	var warnings []Warning
	for _, text := range c.Warnings {
		warnings = append(warnings, Warning{Code: "config", Message: text})
	}
	return warnings
}

func configValue(value config.Value) ConfigValue {
	return ConfigValue{Key: value.Key, Value: value.Text, Origin: value.Origin, Description: value.Help}
}

// usageOf makes the slip in a key or value that the user typed a usage error.
func usageOf(err error) error {
	var unknown *config.UnknownKeyError
	if errors.As(err, &unknown) {
		return &UsageError{Message: unknown.Error(), Remedy: unknown.Hint()}
	}
	var bad *ConfigError
	if errors.As(err, &bad) && bad.File == "" && strings.HasPrefix(bad.Key, config.OverrideFlag) {
		return &UsageError{Message: bad.Error(), Remedy: "jcode config list"}
	}
	return err
}

// config reads the configuration, once; with overrides of one run anew.
func (h *Host) config(overrides map[string]string) (*config.Config, error) {
	if len(overrides) > 0 {
		merged := maps.Clone(h.options.Settings)
		if merged == nil {
			merged = map[string]string{}
		}
		maps.Copy(merged, overrides)
		return h.loadConfig(merged)
	}
	h.configOnce.Do(func() { h.configValue, h.configErr = h.loadConfig(h.options.Settings) })
	return h.configValue, h.configErr
}

func (h *Host) loadConfig(overrides map[string]string) (*config.Config, error) {
	c, err := config.Load(config.Sources{
		File: h.ConfigPath(), Environment: h.env, Overrides: overrides, ProjectDir: h.options.WorkingDir,
	})
	if err == nil {
		err = h.logFromConfig(c)
	}
	if err != nil {
		return nil, usageOf(err)
	}
	return c, nil
}
