package discover

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// LockFile is the file beside bundled plugins that holds their digests.
const LockFile = "plugins.lock"

// Lock is the content of plugins.lock.
type Lock struct {
	Schema int         `toml:"schema"`
	Plugin []LockEntry `toml:"plugin"`
}

// LockEntry pins one file.
type LockEntry struct {
	Name    string `toml:"name"`
	Version string `toml:"version"`
	// File is a plain file name beside the lock.
	File string `toml:"file"`
	// Size is in bytes.
	Size int64 `toml:"size"`
	// SHA256 is lower-case hex.
	SHA256 string `toml:"sha256"`
	// Blocks is package blockhash's digest; it may be empty.
	Blocks string `toml:"blocks"`
}

// readLock returns nil, nil when folder has no lock.
func readLock(folder string) (*Lock, error) {
	path := filepath.Join(folder, LockFile)
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // no lock is no error, and no lock
	}
	if err != nil {
		return nil, err
	}
	lock, err := ParseLock(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", path, err)
	}
	return lock, nil
}

// ParseLock reads a plugins.lock. Its errors begin with "line:column: ".
func ParseLock(data []byte) (*Lock, error) {
	var lock Lock
	decoder := toml.NewDecoder(bytes.NewReader(data)).DisallowUnknownFields()
	if err := decoder.Decode(&lock); err != nil {
		return nil, positioned(err)
	}
	if lock.Schema != 1 {
		return nil, at(data, "schema", fmt.Sprintf("schema %d is not 1", lock.Schema))
	}
	for _, entry := range lock.Plugin {
		if !validEntry(entry) {
			return nil, at(data, "[[plugin]]", fmt.Sprintf("entry %q has a bad name, file or digest", entry.Name))
		}
	}
	return &lock, nil
}

func validEntry(e LockEntry) bool {
	digest, err := hex.DecodeString(e.SHA256)
	return ValidName(e.Name) && e.File != "" && filepath.Base(e.File) == e.File &&
		err == nil && len(digest) == 32 && e.SHA256 == strings.ToLower(e.SHA256)
}

// entry returns the entry for file, or nil.
func (l *Lock) entry(file string) *LockEntry {
	for i := range l.Plugin {
		if l.Plugin[i].File == file {
			return &l.Plugin[i]
		}
	}
	return nil
}

// apply writes what the lock says of a bundled plugin into its row.
func (l *Lock) apply(p *Plugin) {
	if l == nil {
		p.Trust, p.TrustDetail = TrustNoLock, "no "+LockFile+" beside it"
		return
	}
	entry := l.entry(filepath.Base(p.Path))
	if entry == nil {
		p.Trust, p.TrustDetail = TrustNoLock, "not in "+LockFile
		p.breakWith("not in "+LockFile+" beside it", "reinstall jcode, or name it yourself: --plugin "+p.Name+"="+p.Path)
		return
	}
	p.LockedSHA256, p.LockedBlocks = entry.SHA256, entry.Blocks
	p.Trust, p.TrustDetail = TrustVerified, "by size; the digest is compared when it is launched"
	if entry.Size != 0 && p.Size != 0 && entry.Size != p.Size {
		p.Trust = TrustModified
		p.TrustDetail = fmt.Sprintf("%d bytes, %s says %d", p.Size, LockFile, entry.Size)
		p.breakWith("modified: "+p.TrustDetail, "reinstall jcode, or name it yourself: --plugin "+p.Name+"="+p.Path)
	}
}
