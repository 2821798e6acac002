package claude

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// modelCache is the list of models in the cache folder, one file for each
// address and kind of credential. Everything about it is best effort: the folder
// may be emptied at any time.
type modelCache struct{ path string }

type cachedModels struct {
	FetchedAt time.Time   `json:"fetched_at"`
	Models    []sdk.Model `json:"models"`
}

func newModelCache(dir string, e endpoint, method string) modelCache {
	if dir == "" {
		return modelCache{}
	}
	sum := sha256.Sum256([]byte(e.base + "\n" + method))
	return modelCache{path: filepath.Join(dir, "models-"+hex.EncodeToString(sum[:6])+".json")}
}

// load returns what is stored, however old. What cannot be read is nothing.
func (c modelCache) load() cachedModels {
	var cached cachedModels
	if c.path == "" {
		return cached
	}
	data, err := os.ReadFile(c.path)
	if err != nil || json.Unmarshal(data, &cached) != nil {
		return cachedModels{}
	}
	return cached
}

// fresh reports whether the list need not be asked for. A time in the future is
// a clock that was set back.
func (c cachedModels) fresh(now time.Time) bool {
	age := now.Sub(c.FetchedAt)
	return len(c.Models) > 0 && age >= 0 && age < modelsLifetime
}

// maxOutput is the limit of a model, 0 when it is not listed.
func (c cachedModels) maxOutput(m model) int {
	for _, listed := range c.Models {
		if listed.ID == m.id || family(listed.ID) == m.family {
			return listed.MaxOutputTokens
		}
	}
	return 0
}

// store writes the list beside the old one and swaps them, since another process
// may be reading.
func (c modelCache) store(models []sdk.Model, now time.Time) error {
	if c.path == "" {
		return nil
	}
	data, err := json.Marshal(cachedModels{FetchedAt: now, Models: models})
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
