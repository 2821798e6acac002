package discover

import (
	"fmt"
	"hash/fnv"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/jcode-go/jcode/host/internal/cachefile"
	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// What a search found is kept, with the fingerprints of all files that it depends on, and
// counts for as long as each of them looks the same: reading five manifests, the build
// information of five programs and the store of installed plugins takes much longer than
// a look at each file. See ADR 0028.

// memory is where the rows of one search are kept. Its zero value keeps nothing.
type memory struct {
	path string
	key  string
	// settled reports whether a file's last change was long enough before a moment.
	settled func(f fingerprint.File, moment time.Time) bool
}

// memory is nothing's for a search that goes where the user says: such a plugin is being
// written, as like as not.
func (o Options) memory() memory {
	if o.CacheDir == "" || o.Executable == "" || len(o.Overrides)+len(o.Dev) > 0 || o.SearchPath != "" {
		return memory{}
	}
	// A home that was copied has the cache of the one it was copied from, whose store it
	// is not. Of a host that was replaced the file is the same, and no other one is left.
	whose := fmt.Sprintf("%s\x00%s\x00%v\x00%d", o.CacheDir, o.Executable, o.Store != nil, os.Getuid())
	name := fnv.New64a()
	_, _ = name.Write([]byte(whose))
	path := filepath.Join(o.CacheDir, ".listing", fmt.Sprintf("%016x", name.Sum64()))
	key := fmt.Sprintf("%s\x00%s\x00%v", whose, o.HostVersion, o.HostProtocols)
	return memory{path: path, key: key, settled: fingerprint.File.SettledBefore}
}

// recall returns the rows that were kept, if nothing has changed that they depend on.
func (m memory) recall() ([]Plugin, bool) {
	if m.path == "" {
		return nil, false
	}
	data, err := os.ReadFile(m.path)
	if err != nil {
		return nil, false
	}
	last, ok := decodeListing(data)
	if !ok || last.key != m.key {
		return nil, false
	}
	for i := range last.files {
		if !last.files[i].same() {
			return nil, false
		}
	}
	return last.rows, true
}

func (f *lookedAt) same() bool {
	now, ok := fingerprint.At(f.path)
	return ok != f.absent && now == f.was
}

// keep remembers the rows of a search that began at a moment and depends on files. It
// does not where a change since could go unseen. Memory must have a path.
func (m memory) keep(rows []Plugin, files []string, began time.Time) {
	l := listing{key: m.key, rows: rows}
	for _, path := range files {
		seen, ok := m.look(path, began)
		if !ok {
			return
		}
		l.files = append(l.files, seen)
	}
	cachefile.WriteBytes(m.path, l.encode())
}

// look takes the fingerprint of a file that has not changed for a while, or has not been
// there.
func (m memory) look(path string, began time.Time) (seen lookedAt, ok bool) {
	if _, err := os.Stat(path); os.IsNotExist(err) {
		return lookedAt{path: path, absent: true}, m.gone(path, began)
	}
	was, ok := fingerprint.Trusted(path)
	return lookedAt{path: path, was: was}, ok && m.settled(was, began)
}

// gone reports whether what is not there was not there either when the search saw it: who
// takes away a file changes its folder.
func (m memory) gone(path string, began time.Time) bool {
	folder := filepath.Dir(path)
	if was, ok := fingerprint.Trusted(folder); ok {
		return m.settled(was, began)
	}
	_, err := os.Stat(folder)
	return os.IsNotExist(err) && folder != path && m.gone(folder, began)
}

// dependsOn are the files and folders that the rows of a search were made from, and those
// that are not there and would have been looked at.
func (o Options) dependsOn(rows []Plugin) []string {
	files := []string{o.Executable}
	for _, folder := range bundledFolders(o.Executable) {
		files = append(files, folder)
		entries, _ := os.ReadDir(folder)
		for _, entry := range entries {
			if name := entry.Name(); strings.HasPrefix(name, Prefix) || name == LockFile || name == manifestName {
				files = append(files, filepath.Join(folder, name))
			}
		}
	}
	if o.Store == nil {
		return files
	}
	files = append(files, o.Store.Files()...)
	for i := range rows {
		if rows[i].Source == SourceInstalled {
			files = append(files, rows[i].Path)
		}
	}
	return files
}
