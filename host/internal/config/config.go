package config

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"
	"syscall"
)

// FileName is the configuration file's name in JCODE_HOME.
const FileName = "config.toml"

// Sources are where values come from, weakest first: the system's file, the user's,
// the project's, the environment, --set. Defaults are weaker still, flags stronger.
type Sources struct {
	// System and File are the paths of the system's and the user's file; they may
	// not exist, or be empty.
	System, File string
	// Project are the files of the project, outermost first. What they may set
	// depends on Trusted, which is asked only if there is one.
	Project []ProjectFile
	Trusted func() (bool, error)
	// Environment is the process environment by name.
	Environment map[string]string
	// Overrides are --set.
	Overrides map[string]string
	// WorkingDir is where relative paths of rules start, but for those of Project.
	WorkingDir string
}

// Value is one setting as text, and where it comes from.
type Value struct {
	Key, Text string
	// Origin is "default", "FILE:LINE", "environment NAME" or "--set".
	Origin string
	// Help is one line; Plugin marks a provider's own setting.
	Help   string
	Plugin bool
	// Layers is every value that the setting was given, weakest first. The last
	// one counts; lists of rules are added up.
	Layers []Layer
}

// Layer is one value of a setting.
type Layer struct{ Text, Origin string }

// Config is the configuration of one process. It is read-only after Load.
type Config struct {
	Settings
	values map[string]Value
	// objects are the values as such, by key.
	objects map[string]any
	// Warnings are faults that stop nothing.
	Warnings []string
}

// OverrideFlag is the origin of what the user set for one run, and how the key of
// an [Error] about it begins.
const OverrideFlag = "--set"

// OriginDefault is the origin of what nobody has set.
const OriginDefault = "default"

// OriginSet is the origin of --set.
const OriginSet = "--set"

// Load reads the sources, once. Errors are [*Error], or [*UnknownKeyError] for a
// key of Overrides.
func Load(sources Sources) (*Config, error) {
	c := &Config{values: map[string]Value{}, objects: map[string]any{}}
	for _, known := range schema {
		value, err := known.kind.fromText(known.standard)
		if err != nil {
			return nil, fmt.Errorf("default of %s: %w", known.key, err)
		}
		c.put(known, value, OriginDefault, sources.WorkingDir)
	}
	for _, file := range []string{sources.System, sources.File} {
		if err := c.loadFile(file, sources.WorkingDir); err != nil {
			return nil, err
		}
	}
	if err := c.loadProject(sources); err != nil {
		return nil, err
	}
	if err := c.loadEnvironment(sources); err != nil {
		return nil, err
	}
	return c, c.loadOverrides(sources)
}

// put takes a value over what was there. dir is where relative paths of rules start.
func (c *Config) put(known setting, value any, origin, dir string) {
	layers := append(c.values[known.key].Layers, Layer{textOf(value), origin})
	if known.kind == kindRules {
		list, _ := value.([]string)
		value = c.addRules(known.key, list, origin, dir)
	}
	c.objects[known.key] = value
	if known.assign != nil {
		known.assign(&c.Settings, value)
	}
	_, _, plugin := pluginKey(known.key)
	c.values[known.key] = Value{
		Key: known.key, Text: textOf(value), Origin: origin, Help: known.help, Plugin: plugin, Layers: layers,
	}
}

func (c *Config) loadFile(file, dir string) error {
	d, err := parseFile(file)
	if err != nil {
		return err
	}
	for _, found := range d.items {
		known, _ := lookup(found.key)
		c.put(known, found.value, d.origin(found), dir)
	}
	for _, found := range d.unknown {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %s", d.origin(found), unknown(found.key)))
	}
	return nil
}

// parseFile reads a file; one that is not there, or has no name, is empty.
func parseFile(file string) (*document, error) {
	if file == "" {
		return parse("", nil)
	}
	data, err := readFile(file)
	if err != nil {
		return nil, err
	}
	return parse(file, data)
}

// origin is where an item stands.
func (d *document) origin(found item) string { return fmt.Sprintf("%s:%d", d.file, found.line) }

// maxFileBytes bounds a file of the configuration, which may be a stranger's.
const maxFileBytes = 1 << 20

// readFile returns nothing for a file that is not there.
func readFile(file string) ([]byte, error) {
	info, err := os.Stat(file)
	switch {
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR):
		return nil, nil
	case err == nil && !info.Mode().IsRegular(): // a pipe would never end
		return nil, &Error{File: file, Message: "read: not a file"}
	case err == nil && info.Size() > maxFileBytes:
		return nil, &Error{File: file, Message: "read: larger than 1 MiB"}
	}
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

func (c *Config) loadEnvironment(sources Sources) error {
	for _, known := range schema {
		text := sources.Environment[known.env]
		if known.env == "" || text == "" {
			continue
		}
		value, err := known.parse(text)
		if err != nil {
			return &Error{Key: known.env, Message: err.Error(), Remedy: "correct it, or unset " + known.env}
		}
		c.put(known, value, "environment "+known.env, sources.WorkingDir)
	}
	return nil
}

func (c *Config) loadOverrides(sources Sources) error {
	for _, key := range slices.Sorted(maps.Keys(sources.Overrides)) {
		known, ok := lookup(key)
		if !ok {
			return unknown(key)
		}
		value, err := known.parse(sources.Overrides[key])
		if err != nil {
			return &Error{Key: OverrideFlag + " " + key, Message: err.Error()}
		}
		c.put(known, value, OverrideFlag, sources.WorkingDir)
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
