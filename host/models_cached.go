package host

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"

	"github.com/jcode-go/jcode/sdk"
)

// CachedModels are the lists of models that are known without launching anything,
// whatever their age; for completion.
func (h *Host) CachedModels() []ProviderModels {
	var rows []ProviderModels
	for _, row := range h.usable() {
		var list struct {
			Models []sdk.Model `json:"models"`
		}
		data, err := os.ReadFile(filepath.Join(h.home, "cache", ".models", row.Name+".json"))
		if err == nil && json.Unmarshal(data, &list) == nil && len(list.Models) > 0 {
			rows = append(rows, ProviderModels{Provider: row.Name, Models: slices.Clip(list.Models)})
		}
	}
	return rows
}
