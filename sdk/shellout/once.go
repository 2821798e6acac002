package shellout

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// FirstTime reports whether id is asked about for the first time, for what a user
// is to be told once in the life of an installation. That it was is an empty file
// in dir, the plugin's own folder; where none can be made it is always the first
// time.
func FirstTime(dir, id string) bool {
	if dir == "" {
		return true
	}
	sum := sha256.Sum256([]byte(id))
	marker, err := os.OpenFile(filepath.Join(dir, "told-"+hex.EncodeToString(sum[:6])), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false
	}
	if err == nil {
		_ = marker.Close() // it is empty
	}
	return true
}
