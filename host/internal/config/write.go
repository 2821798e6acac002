package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile replaces file whole: a reader sees the old one or the new one. An error
// names file, not the one that was to take its place.
func writeFile(file string, data []byte) error {
	err := replace(file, data)
	var (
		path *fs.PathError
		link *os.LinkError
	)
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return &fs.PathError{Op: "write", Path: file, Err: err}
}

func replace(file string, data []byte) error {
	// A link stays a link: people keep their settings in a repository.
	if target, err := filepath.EvalSymlinks(file); err == nil {
		file = target
	}
	folder := filepath.Dir(file)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	temporary, err := os.CreateTemp(folder, ".config-*.toml")
	if err != nil {
		return err
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
		return errors.Join(err, os.Remove(temporary.Name()))
	}
	return nil
}
