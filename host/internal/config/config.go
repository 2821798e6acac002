package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// FileName is the configuration file's name in JCODE_HOME.
const FileName = "config.toml"

// Sources are where values come from, weakest first: the file, the environment,
// --set. Defaults are weaker still, flags stronger.
type Sources struct {
	// File is the path of the configuration file; it may not exist.
	File string
	// Environment is the process environment by name.
	Environment map[string]string
	// Overrides are --set.
	Overrides map[string]string
	// ProjectDir is where the user works. A configuration there is not read.
	ProjectDir string
}

// Value is one setting as text, and where it comes from.
type Value struct {
	Key, Text string
	// Origin is "default", "FILE:LINE", "environment NAME" or "--set".
	Origin string
	// Help is one line; Plugin marks a provider's own setting.
	Help   string
	Plugin bool
}

// Config is the configuration of one process. It is read-only after Load.
type Config struct {
	Settings
	values map[string]Value
	// Warnings are faults that stop nothing.
	Warnings []string
}

// OriginDefault is the origin of what nobody has set.
const OriginDefault = "default"

// OriginSet is the origin of --set.
const OriginSet = "--set"

// Load reads the sources, once. Errors are [*Error], or [*UnknownKeyError] for a
// key of Overrides.
func Load(sources Sources) (*Config, error) {
	c := &Config{values: map[string]Value{}}
	for _, known := range schema {
		value, err := known.kind.fromText(known.standard)
		if err != nil {
			return nil, fmt.Errorf("default of %s: %w", known.key, err)
		}
		c.put(known, value, OriginDefault)
	}
	if err := c.loadFile(sources.File); err != nil {
		return nil, err
	}
	if err := c.loadEnvironment(sources.Environment); err != nil {
		return nil, err
	}
	if err := c.loadOverrides(sources.Overrides); err != nil {
		return nil, err
	}
	c.warnOfProjectFile(sources)
	return c, nil
}

func (c *Config) put(known setting, value any, origin string) {
	if known.assign != nil {
		known.assign(&c.Settings, value)
	}
	_, _, plugin := pluginKey(known.key)
	c.values[known.key] = Value{Key: known.key, Text: textOf(value), Origin: origin, Help: known.help, Plugin: plugin}
}

func (c *Config) loadFile(file string) error {
	data, err := readFile(file)
	if err != nil {
		return err
	}
	d, err := parse(file, data)
	if err != nil {
		return err
	}
	for _, found := range d.items {
		known, _ := lookup(found.key)
		c.put(known, found.value, fmt.Sprintf("%s:%d", file, found.line))
	}
	c.Warnings = append(c.Warnings, d.warnings...)
	return nil
}

// readFile returns nothing for a file that is not there.
func readFile(file string) ([]byte, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &Error{File: file, Message: "read: " + plain(err)}
	}
	return data, nil
}

// plain drops the path that an error of the file system repeats.
func plain(err error) string {
	var path *fs.PathError
	if errors.As(err, &path) {
		return path.Err.Error()
	}
	return err.Error()
}

func (c *Config) loadEnvironment(env map[string]string) error {
	for _, known := range schema {
		text := env[known.env]
		if known.env == "" || text == "" {
			continue
		}
		value, err := known.parse(text)
		if err != nil {
			return &Error{Key: known.env, Message: err.Error()}
		}
		c.put(known, value, "environment "+known.env)
	}
	return nil
}

func (c *Config) loadOverrides(overrides map[string]string) error {
	for key, text := range overrides {
		known, ok := lookup(key)
		if !ok {
			return unknown(key)
		}
		value, err := known.parse(text)
		if err != nil {
			return &Error{Key: "--set " + key, Message: err.Error()}
		}
		c.put(known, value, OriginSet)
	}
	return nil
}

// parse turns text into a checked value.
func (s setting) parse(text string) (any, error) {
	value, err := s.kind.fromText(text)
	if err == nil && s.check != nil {
		err = s.check(value)
	}
	return value, err
}

// warnOfProjectFile says once that a project's own file has no effect.
func (c *Config) warnOfProjectFile(sources Sources) {
	if sources.ProjectDir == "" {
		return
	}
	file := filepath.Join(sources.ProjectDir, ".jcode", FileName)
	if file == sources.File {
		return
	}
	if _, err := os.Lstat(file); err == nil {
		c.Warnings = append(c.Warnings, file+" is ignored: a project cannot configure jcode")
	}
}

// Get returns one setting. A provider setting that is not set is empty.
func (c *Config) Get(key string) (Value, error) {
	if value, ok := c.values[key]; ok {
		return value, nil
	}
	known, ok := lookup(key)
	if !ok {
		return Value{}, unknown(key)
	}
	return Value{Key: key, Origin: OriginDefault, Help: known.help, Plugin: true}, nil
}

// Origin tells where the value of a known key comes from.
func (c *Config) Origin(key string) string { return c.values[key].Origin }

// List returns all settings, sorted by key.
func (c *Config) List() []Value {
	all := make([]Value, 0, len(c.values))
	for _, value := range c.values {
		all = append(all, value)
	}
	slices.SortFunc(all, func(a, b Value) int { return strings.Compare(a.Key, b.Key) })
	return all
}

// Plugin returns the settings of [plugin.NAME].
func (c *Config) Plugin(name string) map[string]string {
	settings := map[string]string{}
	for key, value := range c.values {
		if owner, rest, ok := pluginKey(key); ok && owner == name {
			settings[rest] = value.Text
		}
	}
	return settings
}
