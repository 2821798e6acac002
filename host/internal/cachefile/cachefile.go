// Package cachefile keeps what the host has seen as small files, most of them JSON, below
// its cache folder. Nothing depends on them: what cannot be read was never seen, what
// cannot be written is seen again, and of two processes the last one is right.
package cachefile

import (
	"encoding/json"
	"os"
	"path/filepath"
)

// Read fills value, a pointer, with what path holds, and reports whether it could. A
// value that could not be read whole may be filled in part: give it a fresh one.
func Read(path string, value any) bool {
	data, err := os.ReadFile(path)
	return err == nil && json.Unmarshal(data, value) == nil
}

// Write makes path hold value, for its owner only, and its folder if need be. A reader
// sees the old file or the new one. It may be called at any time by several processes.
func Write(path string, value any) {
	if data, err := json.Marshal(value); err == nil {
		WriteBytes(path, data)
	}
}

// WriteBytes is Write for what is encoded already.
func WriteBytes(path string, data []byte) {
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	f, err := os.CreateTemp(filepath.Dir(path), ".new-*") // 0600
	if err != nil {
		return
	}
	_, err = f.Write(data)
	if closeErr := f.Close(); err != nil || closeErr != nil || os.Rename(f.Name(), path) != nil {
		_ = os.Remove(f.Name())
	}
}
