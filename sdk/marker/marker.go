// Package marker remembers across processes that something was said, so that a
// plugin gives a notice once in the life of an installation and not with every run.
package marker

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// First reports whether id was not marked before, and marks it: a file in dir, the
// plugin's own folder. Of many processes that ask at once it is first for one. Where
// no file can be made, it is always first.
func First(dir, id string) bool {
	if dir == "" {
		return true
	}
	sum := sha256.Sum256([]byte(id))
	file, err := os.OpenFile(filepath.Join(dir, "told-"+hex.EncodeToString(sum[:6])), os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false
	}
	if err == nil {
		_ = file.Close() // it is empty
	}
	return true
}
