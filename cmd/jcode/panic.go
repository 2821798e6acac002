package main

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"
)

// panicError is a defect of jcode itself.
type panicError struct {
	value any
	// file holds the stack; empty when it could not be written.
	file string
}

// Error says what happened and where the details are.
func (e *panicError) Error() string {
	text := fmt.Sprintf("internal error: %v", e.value)
	if e.file != "" {
		text += " (details in " + e.file + ")"
	}
	return text
}

// protect calls f and turns a panic into a *panicError, so that deferred work
// is done, the session is kept and a result is printed all the same.
func (c *command) protect(f func() error) (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = &panicError{value: value, file: c.writeCrash(value, debug.Stack())}
		}
	}()
	return f()
}

// writeCrash keeps the stack in a file of its own and returns its path.
func (c *command) writeCrash(value any, stack []byte) string {
	name := fmt.Sprintf("jcode-crash-%s-*.txt", time.Now().UTC().Format("20060102T150405"))
	for _, dir := range c.crashFolders() {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			continue
		}
		file, err := os.CreateTemp(dir, name)
		if err != nil {
			continue
		}
		_, err = fmt.Fprintf(file, "%s %s\npanic: %v\n\n%s", programName, thisVersion().Version, value, stack)
		if closeErr := file.Close(); err == nil && closeErr == nil {
			return filepath.ToSlash(file.Name())
		}
	}
	return ""
}

// crashFolders are the places for a crash file, best first.
func (c *command) crashFolders() []string {
	var folders []string
	if home := c.env["JCODE_HOME"]; home != "" {
		folders = append(folders, filepath.Join(home, "logs"))
	} else if home := c.env["HOME"]; home != "" {
		folders = append(folders, filepath.Join(home, ".jcode", "logs"))
	}
	return append(folders, os.TempDir())
}
