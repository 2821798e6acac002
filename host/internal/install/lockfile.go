package install

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/pelletier/go-toml/v2"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Lock is the content of the store's plugins.lock: one entry for each version that
// a kept generation names.
type Lock struct {
	Schema int     `toml:"schema"`
	Plugin []Entry `toml:"plugin"`
}

// Entry pins one version of one plugin, and holds what was consented to. It counts
// for as long as the current generation names it.
type Entry struct {
	Name    string `toml:"name"`
	Version string `toml:"version"`
	// Tree is the digest of all files, and the name of the object in the store.
	Tree string `toml:"tree"`
	// File is the program's path within the object, with slashes.
	File string `toml:"file"`
	// Size and SHA256 are the program's.
	Size   int64  `toml:"size"`
	SHA256 string `toml:"sha256"`

	// Source is what was asked for, without a version, so that it can be asked
	// for again; Constraint the wanted versions. URL is where the bytes came from.
	Source     string `toml:"source"`
	Constraint string `toml:"constraint,omitempty"`
	URL        string `toml:"url,omitempty"`
	// ArchiveSHA256 is the digest of what was downloaded; Platforms those of all
	// systems, by "os_arch", as the checksum file had them.
	ArchiveSHA256 string            `toml:"archive_sha256,omitempty"`
	Platforms     map[string]string `toml:"platforms,omitempty"`
	// GoSum is the module's line of go.sum, for a go: source.
	GoSum string `toml:"go_sum,omitempty"`

	// Signer is the minisign public key that signed it; empty: unsigned. FirstSeen
	// is since when the name has had this signer, or none.
	Signer    string    `toml:"signer,omitempty"`
	FirstSeen time.Time `toml:"first_seen"`
	Installed time.Time `toml:"installed"`

	// ReplacesBundled is the consent to take the name of a bundled plugin.
	ReplacesBundled bool  `toml:"replaces_bundled,omitempty"`
	Facts           Facts `toml:"facts"`
	// Asks is what the manifest asks for, Denied what of it was not granted, as
	// [Ask.Item] writes it.
	Asks   Asks     `toml:"asks"`
	Denied []string `toml:"denied,omitempty"`
}

// Facts are what a listing shows of a plugin, so that it need not open it.
type Facts struct {
	Display      string `toml:"display,omitempty"`
	Description  string `toml:"description,omitempty"`
	Publisher    string `toml:"publisher,omitempty"`
	Homepage     string `toml:"homepage,omitempty"`
	License      string `toml:"license,omitempty"`
	Protocol     []int  `toml:"protocol,omitempty"`
	SDK          string `toml:"sdk,omitempty"`
	Kind         string `toml:"kind,omitempty"`
	MinHost      string `toml:"min_host,omitempty"`
	Rank         int    `toml:"rank"`
	Experimental bool   `toml:"experimental,omitempty"`
	Foreign      bool   `toml:"foreign,omitempty"`
	Script       bool   `toml:"script,omitempty"`
}

// readLock reads the lock file; one that is missing is empty.
func (s Store) readLock() (*Lock, error) {
	data, err := os.ReadFile(s.LockFile())
	if errors.Is(err, fs.ErrNotExist) {
		return &Lock{Schema: 1}, nil
	}
	if err != nil {
		return nil, err
	}
	lock, err := ParseLock(data)
	if err != nil {
		return nil, fmt.Errorf("%s:%w", s.LockFile(), err)
	}
	return lock, nil
}

// ParseLock reads a store's plugins.lock. Its errors begin with "line:column: "
// where there is one.
func ParseLock(data []byte) (*Lock, error) {
	var lock Lock
	if err := decode(data, &lock); err != nil {
		return nil, err
	}
	if lock.Schema != 1 {
		return nil, fmt.Errorf("1:1: schema %d is not 1", lock.Schema)
	}
	for i := range lock.Plugin {
		if err := lock.Plugin[i].check(); err != nil {
			return nil, fmt.Errorf("1:1: entry %q: %w", lock.Plugin[i].Name, err)
		}
	}
	return &lock, nil
}

func (e *Entry) check() error {
	switch {
	case !discover.ValidName(e.Name):
		return errors.New("bad name")
	case !isDigest(e.Tree) || !isDigest(e.SHA256):
		return errors.New("bad digest")
	case e.File == "" || path.IsAbs(e.File) || path.Clean(e.File) != e.File || strings.HasPrefix(e.File, "..") || strings.Contains(e.File, `\`):
		return errors.New("bad file")
	}
	return nil
}

// decode reads TOML; its errors begin with the position.
func decode(data []byte, into any) error {
	err := toml.NewDecoder(bytes.NewReader(data)).Decode(into)
	var bad *toml.DecodeError
	if errors.As(err, &bad) {
		line, column := bad.Position()
		return fmt.Errorf("%d:%d: %s", line, column, strings.TrimPrefix(bad.Error(), "toml: "))
	}
	return err
}

func isDigest(s string) bool {
	b, err := hex.DecodeString(s)
	return err == nil && len(b) == 32 && strings.ToLower(s) == s
}

// entry returns the entry of a version, or nil.
func (l *Lock) entry(name, tree string) *Entry {
	i := slices.IndexFunc(l.Plugin, func(e Entry) bool { return e.Name == name && e.Tree == tree })
	if i < 0 {
		return nil
	}
	return &l.Plugin[i]
}

// put adds an entry, or replaces the one of the same version.
func (l *Lock) put(e Entry) {
	if old := l.entry(e.Name, e.Tree); old != nil {
		*old = e
		return
	}
	l.Plugin = append(l.Plugin, e)
}

const lockHeader = "# Written by jcode plugins. Each program is compared with it before it runs.\n"

func (s Store) writeLock(l *Lock) error {
	slices.SortStableFunc(l.Plugin, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Installed.Compare(b.Installed)
	})
	text, err := toml.Marshal(l)
	if err != nil {
		return fmt.Errorf("encode %s: %w", s.LockFile(), err)
	}
	return replace(s.LockFile(), append([]byte(lockHeader), text...))
}
