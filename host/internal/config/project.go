package config

import (
	"fmt"
	"path/filepath"
	"slices"
	"time"
)

// ProjectFile is the configuration that a project brings along.
type ProjectFile struct {
	Path string
	// Dir is the folder that its rules' relative paths start from.
	Dir string
}

// ProjectFiles are the places of a project's own configuration: .jcode/config.toml in
// each folder from root down to dir, which is root or below. Those of others, such as
// the user's own file, are left out. Most will not exist.
func ProjectFiles(root, dir string, others ...string) []ProjectFile {
	var files []ProjectFile
	for at := dir; ; at = filepath.Dir(at) {
		path := filepath.Join(at, ".jcode", FileName)
		if !slices.Contains(others, path) {
			files = append(files, ProjectFile{Path: path, Dir: at})
		}
		if at == root || at == filepath.Dir(at) {
			break
		}
	}
	slices.Reverse(files)
	return files
}

// narrowing returns what remains when a project that is not trusted proposes a value:
// the one of the two that allows less.
type narrowing func(now, proposed any) any

// narrowings are the settings that a project may touch without trust. All others
// need it.
var narrowings = map[string]narrowing{
	"permission_mode":     stricter(PermissionModes...),
	"on_deny":             stricter("fail", "report", "continue"),
	"ask":                 stricter("never", "auto"),
	"max_turns":           lower[int64],
	"max_tokens_total":    lower[int64],
	"max_cost_usd":        lower[float64],
	"timeout":             lower[time.Duration],
	"idle_timeout":        lower[time.Duration],
	"bash.timeout":        lower[time.Duration],
	"bash.max_timeout":    lower[time.Duration],
	"bash.timeout_action": func(_, proposed any) any { return proposed },
	"instructions":        onlyFalse,
	keyDeny:               func(_, proposed any) any { return proposed },
}

// stricter keeps the value that stands earlier in order.
func stricter(order ...string) narrowing {
	return func(now, proposed any) any {
		current, _ := now.(string)
		wanted, _ := proposed.(string)
		if slices.Index(order, current) < slices.Index(order, wanted) {
			return now
		}
		return proposed
	}
}

// lower keeps the lower of two limits; 0 is no limit.
func lower[T int64 | float64 | time.Duration](now, proposed any) any {
	current, _ := now.(T)
	wanted, _ := proposed.(T)
	if wanted == 0 || current > 0 && current < wanted {
		return now
	}
	return proposed
}

func onlyFalse(now, proposed any) any {
	if wanted, _ := proposed.(bool); wanted {
		return now
	}
	return proposed
}

// loadProject takes what the project's files may set.
func (c *Config) loadProject(sources Sources) error {
	trusted, asked := false, false
	for _, file := range sources.Project {
		d, err := parseFile(file.Path)
		if err != nil {
			return err
		}
		if len(d.items)+len(d.unknown) == 0 {
			continue
		}
		if !asked && sources.Trusted != nil {
			if trusted, err = sources.Trusted(); err != nil {
				return &Error{File: file.Path, Message: err.Error()}
			}
			asked = true
		}
		if err := c.takeProject(d, file, sources.Project[0].Dir, trusted); err != nil {
			return err
		}
	}
	return nil
}

func (c *Config) takeProject(d *document, file ProjectFile, root string, trusted bool) error {
	for _, found := range d.unknown {
		if !trusted {
			return d.fault(found, fmt.Sprintf("%v; and this folder is not trusted", unknown(found.key)), remedyOfTrust(root))
		}
		c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %s", d.origin(found), unknown(found.key)))
	}
	for _, found := range d.items {
		value, err := c.projectValue(d, found, root, trusted)
		if err != nil {
			return err
		}
		known, _ := lookup(found.key)
		if known.kind != kindRules && textOf(value) != textOf(found.value) {
			c.Warnings = append(c.Warnings, fmt.Sprintf("%s: %s = %s has no effect: %s (%s) allows less",
				d.origin(found), found.key, textOf(found.value), textOf(value), c.Origin(found.key)))
			continue
		}
		c.put(known, value, d.origin(found), file.Dir)
	}
	return nil
}

// projectValue is the value that a project's file gives a setting.
func (c *Config) projectValue(d *document, found item, root string, trusted bool) (any, error) {
	if _, _, plugin := pluginKey(found.key); plugin {
		return nil, d.fault(found, "no project may set what belongs to a provider's plugin, trusted or not", "jcode config set "+found.key+" VALUE, for yourself")
	}
	if found.key == "permission_mode" && found.value == "bypass" {
		return nil, d.fault(found, "no project may choose bypass, trusted or not", "jcode run --permission-mode bypass, for one run")
	}
	if found.key == "log_file" { // it is written to, wherever it is
		return nil, d.fault(found, "no project may choose the log, trusted or not", "jcode run --log-file FILE")
	}
	if trusted {
		return found.value, nil
	}
	narrow, ok := narrowings[found.key]
	if !ok {
		return nil, d.fault(found, "a project may not set it: this folder is not trusted", remedyOfTrust(root))
	}
	return narrow(c.objects[found.key], found.value), nil
}

func remedyOfTrust(root string) string {
	return "read the file, and then: jcode trust " + root
}
