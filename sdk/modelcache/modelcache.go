// Package modelcache keeps a vendor's list of models between runs, so that a
// request does not wait for it. Everything about it is best effort: the cache
// folder may be emptied at any time, and a file that cannot be read is none.
package modelcache

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"
)

// Cache is one list in one file. The zero value keeps nothing.
type Cache[M any] struct{ path string }

// Entry is a list as it was fetched.
type Entry[M any] struct {
	FetchedAt time.Time `json:"fetched_at"`
	// ETag is the vendor's mark of this list; may be empty.
	ETag   string `json:"etag,omitempty"`
	Models []M    `json:"models"`
}

// New returns the cache for what the keys name: an address, an account. dir is the
// plugin's cache folder; without one nothing is kept.
func New[M any](dir string, keys ...string) Cache[M] {
	if dir == "" {
		return Cache[M]{}
	}
	hash := sha256.New()
	for _, key := range keys {
		_, _ = hash.Write([]byte(key + "\n")) // never fails
	}
	return Cache[M]{path: filepath.Join(dir, "models-"+hex.EncodeToString(hash.Sum(nil)[:6])+".json")}
}

// Load returns what is stored, however old; without anything an empty entry.
func (c Cache[M]) Load() Entry[M] {
	var entry Entry[M]
	if c.path == "" {
		return entry
	}
	data, err := os.ReadFile(c.path)
	if err != nil || json.Unmarshal(data, &entry) != nil {
		return Entry[M]{}
	}
	return entry
}

// Fresh reports whether the list is younger than lifetime. A time in the future is
// a clock that was set back.
func (e Entry[M]) Fresh(now time.Time, lifetime time.Duration) bool {
	age := now.Sub(e.FetchedAt)
	return len(e.Models) > 0 && age >= 0 && age < lifetime
}

// Store writes the list beside the old one and swaps them, since another process
// may be reading. An error costs the next process a request and no more.
func (c Cache[M]) Store(entry Entry[M]) error {
	if c.path == "" {
		return nil
	}
	data, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(c.path), "models-*.tmp")
	if err != nil {
		return err
	}
	_, err = temp.Write(data)
	if closed := temp.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temp.Name(), c.path)
	}
	if err != nil {
		_ = os.Remove(temp.Name()) // the first error counts
	}
	return err
}
