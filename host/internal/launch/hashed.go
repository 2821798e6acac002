package launch

import (
	"os"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/host/internal/cachefile"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// hashedFor is how long a bundled program that was hashed, and has not changed since, is
// not hashed again.
const hashedFor = 24 * time.Hour

// hashedFile is what is remembered of a program whose digest was the locked one.
type hashedFile struct {
	fingerprint.File
	SHA256 string    `json:"sha256"`
	At     time.Time `json:"at"`
}

// holds reports whether the file that looks like now still has the locked digest.
func (h hashedFile) holds(now fingerprint.File, locked string, at time.Time) bool {
	return h.SHA256 == locked && h.File == now && !at.Before(h.At) && at.Sub(h.At) < hashedFor
}

// memory remembers the bundled programs that were hashed, one file for each below the
// home. Its zero value remembers nothing.
type memory struct {
	path string
	// settled is how old a file's last change must be.
	settled time.Duration
}

// memoryFor is nothing's for every plugin that is hashed at each start: one that the
// user installed, or that nothing is compared with.
func memoryFor(p discover.Plugin, o Options) memory {
	if p.Source != discover.SourceBundled || p.LockedSHA256 == "" || o.HashAlways {
		return memory{}
	}
	return memory{path: filepath.Join(o.Home, "cache", ".hashed", p.Name+".json"), settled: fingerprint.Settled}
}

// recall reports whether f was hashed, has not changed since, and is what is locked.
func (m memory) recall(f *os.File, locked string) bool {
	if m.path == "" {
		return false
	}
	now, ok := fingerprint.Of(f)
	if !ok {
		return false
	}
	var last hashedFile
	return cachefile.Read(m.path, &last) && last.holds(now, locked, time.Now())
}

// keep remembers f, as it was before it was hashed. What cannot be remembered is hashed
// again.
func (m memory) keep(before fingerprint.File, digest string, at time.Time) {
	if m.path != "" && before.Before(at, m.settled) {
		cachefile.Write(m.path, hashedFile{File: before, SHA256: digest, At: at})
	}
}
