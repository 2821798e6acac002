package config

import (
	"errors"
	"path/filepath"
	"strings"
)

// LogLevels are the values of log_level, most detailed first.
var LogLevels = []string{"trace", "debug", "info", "warn", "error"}

// logPath refuses a path that would mean another file in each folder.
func logPath(value any) error {
	path, _ := value.(string)
	if path == "" || filepath.IsAbs(path) || strings.HasPrefix(path, "~/") {
		return nil
	}
	return errors.New("must be an absolute path, or begin with ~/")
}

// oneOfOrNone is oneOf for a setting that may be left empty.
func oneOfOrNone(choices []string) func(any) error {
	check := oneOf(choices)
	return func(value any) error {
		if text, _ := value.(string); text == "" {
			return nil
		}
		return check(value)
	}
}
