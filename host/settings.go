package host

import (
	"errors"
	"maps"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/trust"
)

// ConfigValue is one setting and where its value comes from.
type ConfigValue struct {
	Key   string
	Value string
	// Origin is "default", "FILE:LINE", "environment NAME" or "--set".
	Origin string
	// Description is one line of help.
	Description string
	// Layers is every value that the setting was given, weakest first. The last
	// one counts; lists of rules are added up.
	Layers []ConfigLayer
}

// ConfigLayer is one value of a setting and where it comes from.
type ConfigLayer struct{ Value, Origin string }

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

// ConfigUnset takes one setting out of the file, keeping what else is in it. removed
// is false when it was not there.
func (h *Host) ConfigUnset(key string) (removed bool, err error) {
	removed, err = config.Unset(h.ConfigPath(), key)
	return removed, usageOf(err)
}

// ConfigValidate checks one file by itself. Its faults are [*ConfigError]; none mean
// that it can be used.
func (h *Host) ConfigValidate(file string) []error { return config.Validate(file) }

// ConfigValidateText is ConfigValidate for a file that is not written yet.
func (h *Host) ConfigValidateText(file string, text []byte) []error {
	return config.ValidateText(file, text)
}

// ConfigReplace writes the whole configuration file, which must be valid.
func (h *Host) ConfigReplace(text []byte) error { return config.Replace(h.ConfigPath(), text) }

// ConfigFiles are the files that are read, weakest first, whether they exist or not.
func (h *Host) ConfigFiles() []string {
	files := []string{h.systemConfig(), h.ConfigPath()}
	for _, file := range h.projectFiles() {
		files = append(files, file.Path)
	}
	return slices.DeleteFunc(files, func(file string) bool { return file == "" })
}

// ConfigSchema is the JSON Schema of a configuration file.
func ConfigSchema() ([]byte, error) { return config.JSONSchema() }

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
	out := ConfigValue{Key: value.Key, Value: value.Text, Origin: value.Origin, Description: value.Help}
	for _, layer := range value.Layers {
		out.Layers = append(out.Layers, ConfigLayer{Value: layer.Text, Origin: layer.Origin})
	}
	return out
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
	sources := config.Sources{Environment: h.env, Overrides: overrides, WorkingDir: h.options.WorkingDir}
	if !h.options.Clean {
		sources.System, sources.File = h.systemConfig(), h.ConfigPath()
		sources.Project, sources.Trusted = h.projectFiles(), func() (bool, error) { return h.trusted(h.options.WorkingDir) }
	}
	c, err := config.Load(sources)
	if err == nil {
		err = h.logFromConfig(c)
	}
	if err != nil {
		return nil, usageOf(err)
	}
	return c, nil
}

// systemConfig is the file of the machine's administrator: JCODE_SYSTEM_CONFIG says
// where, and empty that there is none.
func (h *Host) systemConfig() string {
	if path, set := h.env["JCODE_SYSTEM_CONFIG"]; set {
		return path
	}
	if runtime.GOOS != "windows" {
		return filepath.Join("/etc/jcode", config.FileName)
	}
	if folder := h.env["ProgramData"]; folder != "" {
		return filepath.Join(folder, "jcode", config.FileName)
	}
	return ""
}

// projectFiles are the places of the project's own configuration. The user's file is
// none of them, though the home folder may be a repository.
func (h *Host) projectFiles() []config.ProjectFile {
	dir := h.options.WorkingDir
	if real, err := filepath.EvalSymlinks(dir); err == nil {
		dir = real
	}
	root, _ := trust.Root(dir)
	own := []string{h.ConfigPath()}
	for _, folder := range []string{h.home, filepath.Join(h.userHome(), ".jcode")} {
		if real, err := filepath.EvalSymlinks(folder); err == nil {
			own = append(own, filepath.Join(real, config.FileName))
		}
	}
	return config.ProjectFiles(root, dir, own...)
}
