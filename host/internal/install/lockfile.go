package install

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// Lock is the content of the store's plugins.lock: one entry for each version that
// a kept generation names.
type Lock struct {
	Schema int     `json:"schema"`
	Plugin []Entry `json:"plugin"`
}

// Entry pins one version of one plugin, and holds what was consented to. It counts
// for as long as the current generation names it.
type Entry struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	// Tree is the digest of all files, and the name of the object in the store.
	Tree string `json:"tree"`
	// File is the program's path within the object, with slashes.
	File string `json:"file"`
	// Size and SHA256 are the program's, Blocks package blockhash's digest of it.
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
	Blocks string `json:"blocks,omitempty"`

	// Source is what was asked for, without a version, so that it can be asked
	// for again; Constraint the wanted versions. URL is where the bytes came from.
	Source     string `json:"source"`
	Constraint string `json:"constraint,omitempty"`
	URL        string `json:"url,omitempty"`
	// ArchiveSHA256 is the digest of what was downloaded; Platforms those of all
	// systems, by "os_arch", as the checksum file had them.
	ArchiveSHA256 string            `json:"archive_sha256,omitempty"`
	Platforms     map[string]string `json:"platforms,omitempty"`
	// GoSum is the module's line of go.sum, for a go: source.
	GoSum string `json:"go_sum,omitempty"`

	// Signer is the minisign public key that signed it; empty: unsigned. FirstSeen
	// is since when the name has had this signer, or none.
	Signer    string    `json:"signer,omitempty"`
	FirstSeen time.Time `json:"first_seen"`
	Installed time.Time `json:"installed"`

	// ReplacesBundled is the consent to take the name of a bundled plugin.
	ReplacesBundled bool  `json:"replaces_bundled,omitempty"`
	Facts           Facts `json:"facts"`
	// Asks is what the manifest asks for, Denied what of it was not granted, as
	// [Ask.Item] writes it.
	Asks   Asks     `json:"asks"`
	Denied []string `json:"denied,omitempty"`
}

// Facts are what a listing shows of a plugin, so that it need not open it.
type Facts struct {
	Display      string `json:"display,omitempty"`
	Description  string `json:"description,omitempty"`
	Publisher    string `json:"publisher,omitempty"`
	Homepage     string `json:"homepage,omitempty"`
	License      string `json:"license,omitempty"`
	Protocol     []int  `json:"protocol,omitempty"`
	SDK          string `json:"sdk,omitempty"`
	Kind         string `json:"kind,omitempty"`
	MinHost      string `json:"min_host,omitempty"`
	Rank         int    `json:"rank"`
	Experimental bool   `json:"experimental,omitempty"`
	Foreign      bool   `json:"foreign,omitempty"`
	Script       bool   `json:"script,omitempty"`
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

// ParseLock reads a store's plugins.lock. Its errors begin with "line:column: ".
// It is JSON because fifty entries of TOML take five times as long.
func ParseLock(data []byte) (*Lock, error) {
	var lock Lock
	if err := json.Unmarshal(data, &lock); err != nil {
		return nil, positioned(data, err)
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

// positioned puts "line:column: " before what the JSON decoder says.
func positioned(data []byte, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	var offset int64
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset
	case errors.As(err, &kind):
		offset = kind.Offset
	}
	before := data[:min(max(offset-1, 0), int64(len(data)))]
	line := bytes.Count(before, []byte("\n")) + 1
	return fmt.Errorf("%d:%d: %w", line, len(before)-bytes.LastIndexByte(before, '\n'), err)
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

func (s Store) writeLock(l *Lock) error {
	slices.SortStableFunc(l.Plugin, func(a, b Entry) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return a.Installed.Compare(b.Installed)
	})
	text, err := encodeLock(l)
	if err != nil {
		return fmt.Errorf("encode %s: %w", s.LockFile(), err)
	}
	return replace(s.LockFile(), text)
}
