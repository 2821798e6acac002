package discover

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
)

var variablePattern = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
})

// check says what is wrong with a manifest that is well-formed TOML.
func (m *Manifest) check(data []byte) error {
	switch {
	case !ValidName(m.Name):
		return at(data, "name", fmt.Sprintf("name %q is not of the form a-z, then a-z 0-9 -, 2 to 32 characters", m.Name))
	case m.Version == "":
		return at(data, "version", "version is missing")
	case len(m.Protocol) == 0:
		return at(data, "protocol", "protocol is missing: write protocol = [1]")
	case slices.Min(m.Protocol) < 1:
		return at(data, "protocol", "protocol versions start at 1")
	case m.Kind != KindHTTP && m.Kind != KindCLI:
		return at(data, "kind", fmt.Sprintf(`kind %q is neither "http" nor "cli"`, m.Kind))
	}
	if _, ok := parseVersion(m.MinHost); m.MinHost != "" && !ok {
		return at(data, "min_host", fmt.Sprintf("min_host %q is no semantic version, such as 1.2.3", m.MinHost))
	}
	if err := m.checkFiles(data); err != nil {
		return err
	}
	return m.checkEnvironment(data)
}

// whole begins the path of a file on any system: a manifest may be for several.
var whole = sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(`^(/|~/|[A-Za-z]:[/\\])`) })

// checkFiles finds what would be granted and yet never be there.
func (m *Manifest) checkFiles(data []byte) error {
	for key, paths := range map[string][]string{"read": m.Files.Read, "write": m.Files.Write} {
		for _, path := range paths {
			if !whole().MatchString(path) {
				return at(data, key, fmt.Sprintf("path %q is neither absolute nor of the form ~/…", path))
			}
		}
	}
	for _, key := range m.Signing.MinisignKeys {
		if raw, err := base64.StdEncoding.DecodeString(key); err != nil || len(raw) != minisignKey || !bytes.HasPrefix(raw, []byte("Ed")) {
			return at(data, "minisign_keys", fmt.Sprintf("%q is no public key of minisign, the second line of minisign.pub", key))
		}
	}
	return nil
}

// minisignKey is the length of a public key: an algorithm, an id, a key of Ed25519.
const minisignKey = 2 + 8 + 32

func (m *Manifest) checkEnvironment(data []byte) error {
	for _, name := range m.Environment.Variables {
		if !variablePattern().MatchString(name) {
			return at(data, "variables", fmt.Sprintf("variable %q is not a variable's name", name))
		}
	}
	for _, prefix := range m.Environment.Prefixes {
		// A short prefix would ask for everything.
		if len(prefix) < 3 || !strings.HasSuffix(prefix, "_") || !variablePattern().MatchString(prefix) {
			return at(data, "prefixes", fmt.Sprintf(`prefix %q is not of the form "NAME_"`, prefix))
		}
	}
	for _, method := range m.Login {
		if method.ID == "" {
			return at(data, "[[login]]", "a login method has no id")
		}
	}
	return nil
}

// Declares reports whether the environment section names variable.
func (e Environment) Declares(variable string) bool {
	return slices.Contains(e.Variables, variable) ||
		slices.ContainsFunc(e.Prefixes, func(p string) bool { return strings.HasPrefix(variable, p) })
}

// at makes an error that points at the first line that begins with key, or at the
// beginning when there is none.
func at(data []byte, key, message string) error {
	for number := 1; len(data) > 0; number++ {
		line, rest, _ := bytes.Cut(data, []byte("\n"))
		trimmed := bytes.TrimLeft(line, " \t")
		if after, ok := bytes.CutPrefix(trimmed, []byte(key)); ok && endsKey(after) {
			return fmt.Errorf("%d:%d: %s", number, len(line)-len(trimmed)+1, message)
		}
		data = rest
	}
	return fmt.Errorf("1:1: %s", message)
}

func endsKey(after []byte) bool {
	after = bytes.TrimLeft(after, " \t\r")
	return len(after) == 0 || after[0] == '='
}

func joinKey(key []string) string { return strings.Join(key, ".") }

// plain strips the decoder's own name from what it says.
func plain(message string) string { return strings.TrimPrefix(message, "toml: ") }
