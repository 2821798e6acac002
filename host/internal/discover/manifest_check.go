package discover

import (
	"bytes"
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
	return m.checkEnvironment(data)
}

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
