package discover

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"

	"github.com/gofrs/flock"
)

// DevOverride is a plugin that somebody is writing: `jcode plugins dev` builds it and
// every command of the same home uses it, for as long as that process lives. It is a
// file of the home, and beside it a lock that its owner holds: an owner that was
// killed holds none, whatever process has its number by now.
type DevOverride struct {
	Name string `json:"name"`
	// Path is the program, or "attach:FILE" for one that runs already.
	Path string `json:"path"`
	// Dir is the folder of its sources.
	Dir string `json:"dir"`
	// PID is the owner's.
	PID int `json:"pid"`
}

const devSuffix = ".json"

// DevFolder is where the overrides of a home are.
func DevFolder(home string) string { return filepath.Join(home, "run", "dev") }

// DevLock is the lock that the owner of an override holds.
func DevLock(home, name string) string { return filepath.Join(DevFolder(home), name+".lock") }

// DevFile is the override itself.
func DevFile(home, name string) string { return filepath.Join(DevFolder(home), name+devSuffix) }

// DevOverrides reads the overrides of a home whose owners live. It changes nothing.
func DevOverrides(home string) []DevOverride {
	entries, err := os.ReadDir(DevFolder(home))
	if err != nil {
		return nil
	}
	var found []DevOverride
	for _, entry := range entries {
		name, ok := strings.CutSuffix(entry.Name(), devSuffix)
		if !ok || !ValidName(name) {
			continue
		}
		if o, ok := ReadDevOverride(home, name); ok {
			found = append(found, o)
		}
	}
	return found
}

// ReadDevOverride reads the override of one name; ok is false when there is none, or
// its owner is dead.
func ReadDevOverride(home, name string) (o DevOverride, ok bool) {
	data, err := os.ReadFile(DevFile(home, name))
	if err != nil || json.Unmarshal(data, &o) != nil || o.Name != name || !owned(DevLock(home, name)) {
		return DevOverride{}, false
	}
	return o, true
}

// owned reports whether a living process holds a lock. Several may ask at once.
func owned(path string) bool {
	if _, err := os.Stat(path); err != nil {
		return false
	}
	lock := flock.New(path)
	free, err := lock.TryRLock()
	if free {
		_ = lock.Unlock()
	}
	return err == nil && !free
}
