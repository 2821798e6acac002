package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// writeFile replaces file whole: a reader sees the old one or the new one.
func writeFile(file string, data []byte) error {
	// A link stays a link: people keep their settings in a repository.
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	temporary, err := os.CreateTemp(folder, ".config-*.toml")
	if err != nil {
		return fmt.Errorf("write configuration: %w", err)
	}
	_, err = temporary.Write(data)
	if err == nil {
		err = temporary.Sync()
	}
	err = errors.Join(err, temporary.Close()) // mode 0600 comes from CreateTemp
	if err == nil {
		err = os.Rename(temporary.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write configuration: %w", err), os.Remove(temporary.Name()))
	}
	return nil
}
