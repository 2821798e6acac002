package host

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jcode-go/jcode/host/internal/cachefile"
	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
)

// modelsAge is how long a list of models is believed without asking again.
const modelsAge = time.Hour

// Models returns the models of one provider, or of all when provider is empty. A
// list that was asked for in the last hour is not asked for again, and no plugin is
// launched for it, unless refresh is set. A provider that fails is one row with Err;
// a named one makes the call fail.
func (h *Host) Models(ctx context.Context, provider string, refresh bool) ([]ProviderModels, error) {
	c, err := h.config(nil)
	if err != nil {
		return nil, err
	}
	rows := each(h, provider, func(name string) ProviderModels {
		if list, ok := h.cachedModels(name, c); ok && !refresh {
			return ProviderModels{Provider: name, Models: list.Models, FetchedAt: list.At}
		}
		if refresh {
			h.forgetModels(name)
		}
		models, err := h.models(ctx, name, c)
		return ProviderModels{Provider: name, Models: models, FetchedAt: time.Now(), Err: err}
	})
	if provider != "" {
		return rows, rows[0].Err
	}
	return rows, nil
}

// CachedModels are the lists that are known without launching anything, whatever
// their age; for completion.
func (h *Host) CachedModels() []ProviderModels {
	var rows []ProviderModels
	for _, row := range h.usable() {
		if list := h.readModels(row.Name); len(list.Models) > 0 {
			rows = append(rows, ProviderModels{Provider: row.Name, Models: list.Models, FetchedAt: list.At})
		}
	}
	return rows
}

// models asks a provider for its models and keeps the answer.
func (h *Host) models(ctx context.Context, name string, c *config.Config) ([]sdk.Model, error) {
	supervisor, err := h.supervisor(name, c)
	if err != nil {
		return nil, err
	}
	provider, facts, err := supervisor.Provider(ctx)
	if err != nil {
		return nil, err
	}
	models := facts.Info.DefaultModels
	dynamic := facts.Info.Has(sdk.CapabilityDynamicModels)
	if dynamic {
		if models, err = provider.ListModels(ctx); err != nil {
			return nil, err
		}
	}
	// A vendor's own program knows more names than the list: short ones.
	complete := dynamic && !facts.Info.Has(sdk.CapabilityNativeTools)
	h.keepModels(name, modelList{Key: h.modelsKey(name, c), At: time.Now(), Complete: complete, Models: models})
	return models, nil
}

// modelList is what is kept of a list of models.
type modelList struct {
	// Key changes with everything that can change the list, save a login: that
	// forgets the list.
	Key string    `json:"key"`
	At  time.Time `json:"fetched_at"`
	// Complete says that the vendor was asked: what the list lacks is not there.
	Complete bool        `json:"complete"`
	Models   []sdk.Model `json:"models"`
}

// No plugin's name begins with a dot: the folder is nobody's own cache.
func (h *Host) modelsPath(name string) string {
	return filepath.Join(h.home, "cache", ".models", name+".json")
}

func (h *Host) readModels(name string) modelList {
	var list modelList
	if !cachefile.Read(h.modelsPath(name), &list) {
		return modelList{}
	}
	return list
}

// cachedModels is the list of a provider, if it was asked for not long ago and
// nothing has changed since.
func (h *Host) cachedModels(name string, c *config.Config) (modelList, bool) {
	list := h.readModels(name)
	age := time.Since(list.At)
	return list, len(list.Models) > 0 && age >= 0 && age < modelsAge && list.Key == h.modelsKey(name, c)
}

// keepModels stores a list. A home that cannot be written is no reason to fail.
func (h *Host) keepModels(name string, list modelList) {
	if len(list.Models) > 0 {
		cachefile.Write(h.modelsPath(name), list)
	}
}

// forgetModels forgets the list, and what the plugin keeps of it: its cache may be
// emptied at any time.
func (h *Host) forgetModels(name string) {
	_ = os.Remove(h.modelsPath(name))
	kept, _ := filepath.Glob(filepath.Join(h.home, "cache", name, "models-*.json"))
	for _, path := range kept {
		_ = os.Remove(path)
	}
}

func (h *Host) modelsKey(name string, c *config.Config) string {
	hash := sha256.New()
	row, err := discover.Pick(h.discovered(), name)
	if err != nil {
		return ""
	}
	_, _ = fmt.Fprintln(hash, row.Path, row.Version, row.LockedSHA256, h.pluginSettings(name, c))
	for _, variable := range h.declared() {
		if row.Manifest.Environment.Declares(variable) {
			_, _ = fmt.Fprintf(hash, "%s=%q\n", variable, h.env[variable])
		}
	}
	return hex.EncodeToString(hash.Sum(nil)[:8])
}

// windowTime is how long a run waits for a provider to tell its models' context.
const windowTime = 3 * time.Second

// window is the context of a model in tokens, 0 when nobody knows: by what the
// plugin says of itself, by a list that is kept, whatever its age, or by asking.
func (h *Host) window(ctx context.Context, name, model string, c *config.Config) int {
	supervisor, err := h.supervisor(name, c)
	if err != nil {
		return 0
	}
	_, facts, err := supervisor.Provider(ctx)
	if err != nil {
		return 0
	}
	for _, models := range [][]sdk.Model{facts.Info.DefaultModels, h.readModels(name).Models} {
		if found, ok := findModel(models, model); ok && found.ContextTokens > 0 {
			return found.ContextTokens
		}
	}
	if !facts.Info.Has(sdk.CapabilityDynamicModels) {
		return 0
	}
	limited, cancel := context.WithTimeout(ctx, windowTime)
	defer cancel()
	models, _ := h.models(limited, name, c) // without a list it is not known
	found, _ := findModel(models, model)
	return found.ContextTokens
}

// findModel finds a model by its id, or that of another date; without an id it is
// the default.
func findModel(models []sdk.Model, id string) (sdk.Model, bool) {
	for _, same := range []func(sdk.Model) bool{
		func(m sdk.Model) bool { return id == "" && m.Default || id != "" && m.ID == id },
		func(m sdk.Model) bool { return id != "" && undated(m.ID) == undated(id) },
	} {
		if at := slices.IndexFunc(models, same); at >= 0 {
			return models[at], true
		}
	}
	return sdk.Model{}, false
}
