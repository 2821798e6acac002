package discover

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/pelletier/go-toml/v2"
)

// Manifest is what a plugin.toml declares. Package documentation has the table
// of its keys.
type Manifest struct {
	Schema       int           `toml:"schema"`
	Name         string        `toml:"name"`
	Version      string        `toml:"version"`
	Display      string        `toml:"display"`
	Publisher    string        `toml:"publisher"`
	Homepage     string        `toml:"homepage"`
	License      string        `toml:"license"`
	Description  string        `toml:"description"`
	Protocol     []int         `toml:"protocol"`
	MinHost      string        `toml:"min_host"`
	Kind         string        `toml:"kind"`
	Rank         *int          `toml:"rank"`
	Experimental bool          `toml:"experimental"`
	Login        []LoginMethod `toml:"login"`
	Environment  Environment   `toml:"environment"`
	Files        Files         `toml:"files"`
	Programs     Programs      `toml:"programs"`
	Network      Network       `toml:"network"`
	Signing      Signing       `toml:"signing"`
}

// Signing names the keys that the publisher signs releases with.
type Signing struct {
	// MinisignKeys are public keys, as minisign prints them.
	MinisignKeys []string `toml:"minisign_keys"`
}

// LoginMethod is a way to log in that can be offered without launching the plugin.
type LoginMethod struct {
	ID    string `toml:"id"`
	Label string `toml:"label"`
}

// Environment declares the variables that the plugin wants to be told, by whole
// name and by prefix.
type Environment struct {
	Variables []string `toml:"variables"`
	Prefixes  []string `toml:"prefixes"`
}

// Files declares what the plugin reads and writes outside its own folder.
type Files struct {
	Read  []string `toml:"read"`
	Write []string `toml:"write"`
}

// Programs declares what the plugin runs.
type Programs struct {
	Run []string `toml:"run"`
}

// Network declares the hosts that the plugin talks to. It is shown, not enforced.
type Network struct {
	Hosts []string `toml:"hosts"`
}

// The kinds of plugin.
const (
	KindHTTP = "http"
	KindCLI  = "cli"
)

// ManifestSchema is the newest schema of plugin.toml that this host knows.
const ManifestSchema = 1

// maxManifestBytes bounds a manifest: it is a page, not a data file.
const maxManifestBytes = 256 << 10

// readManifest reads and checks the manifest at path. Warnings are what a newer
// schema may contain and this host does not know.
func readManifest(path string) (Manifest, []string, error) {
	f, err := openFile(path)
	if err != nil {
		return Manifest{}, nil, err
	}
	defer func() { _ = f.Close() }()
	data, err := io.ReadAll(io.LimitReader(f, maxManifestBytes+1))
	if err != nil {
		return Manifest{}, nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(data) > maxManifestBytes {
		return Manifest{}, nil, fmt.Errorf("%s: larger than %d KiB", path, maxManifestBytes>>10)
	}
	m, warnings, err := ParseManifest(data)
	if err != nil {
		return Manifest{}, nil, fmt.Errorf("%s:%w", path, err)
	}
	return m, warnings, nil
}

// ParseManifest reads a manifest. Its errors begin with "line:column: ". A key
// that schema 1 does not have is an error there, and a warning in a manifest of a
// newer schema.
func ParseManifest(data []byte) (Manifest, []string, error) {
	var probe struct {
		Schema int `toml:"schema"`
	}
	if err := toml.Unmarshal(data, &probe); err != nil {
		return Manifest{}, nil, positioned(err)
	}
	if probe.Schema < 1 {
		return Manifest{}, nil, at(data, "schema", "schema is missing: write schema = 1")
	}
	var m Manifest
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	warnings, err := unknownKeys(decoder.Decode(&m), probe.Schema)
	if err != nil {
		return Manifest{}, nil, err
	}
	if len(warnings) > 0 { // a strict decoder stops at nothing, but says so only once
		m = Manifest{}
		if err := toml.Unmarshal(data, &m); err != nil {
			return Manifest{}, nil, positioned(err)
		}
	}
	if err := m.check(data); err != nil {
		return Manifest{}, nil, err
	}
	return m, warnings, nil
}

// unknownKeys makes warnings of unknown keys where the schema is newer than ours.
func unknownKeys(err error, schema int) ([]string, error) {
	var missing *toml.StrictMissingError
	if !errors.As(err, &missing) || schema <= ManifestSchema {
		return nil, positioned(err)
	}
	warnings := make([]string, 0, len(missing.Errors))
	for i := range missing.Errors {
		warnings = append(warnings, unknownKey(&missing.Errors[i]).Error()+" (its schema is newer than this jcode)")
	}
	return warnings, nil
}

func unknownKey(e *toml.DecodeError) error {
	line, column := e.Position()
	return fmt.Errorf("%d:%d: unknown key %q", line, column, joinKey(e.Key()))
}

// positioned puts "line:column: " before what the TOML decoder says.
func positioned(err error) error {
	var missing *toml.StrictMissingError
	var decode *toml.DecodeError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &missing) && len(missing.Errors) > 0:
		return unknownKey(&missing.Errors[0])
	case errors.As(err, &decode):
		line, column := decode.Position()
		if key := joinKey(decode.Key()); key != "" {
			return fmt.Errorf("%d:%d: %s: %w", line, column, key, errors.New(plain(decode.Error())))
		}
		return fmt.Errorf("%d:%d: %s", line, column, plain(decode.Error()))
	}
	return fmt.Errorf("1:1: %w", err)
}
