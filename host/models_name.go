package host

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/agnivade/levenshtein"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/sdk"
)

// dated is what vendors put behind a model's name: a date, "latest", a variant in
// brackets. They take the name with and without it.
var dated = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(-latest|-\d{8}|-\d{4}-\d{2}-\d{2}|\[[^\]]*\])+$`)
})

// undated is the name without its date.
func undated(id string) string { return dated().ReplaceAllString(id, "") }

// checkModel refuses a model that the provider does not have, where a list that is
// fresh says so. It asks nobody: what no list knows the provider decides.
func (h *Host) checkModel(name, model string, c *config.Config) error {
	if model == "" {
		return nil
	}
	list, fresh := h.cachedModels(name, c)
	if !fresh || !list.Complete {
		return nil
	}
	if _, ok := findModel(list.Models, model); ok {
		return nil
	}
	message := fmt.Sprintf("model %s: provider %s has no such model", model, name)
	if near := nearestModels(list.Models, model); len(near) > 0 {
		message += "; did you mean " + alternatives(near) + "?"
	}
	return &UsageError{Message: message, Remedy: "jcode models --refresh --provider " + name + ", or --model-unchecked for a brand-new one"}
}

// checkEffort refuses a reasoning effort that the model is known not to have: by a list
// that is fresh, else by what the plugin says of itself. What nobody knows the provider
// decides, and so does a vendor's own program, which may know more than its list.
func (r *run) checkEffort() error {
	info := r.facts.Info
	if r.Effort == "" || r.ModelUnchecked || info.Has(sdk.CapabilityNativeTools) {
		return nil
	}
	list, _ := r.host.cachedModels(r.result.Provider, r.config)
	for _, models := range [][]sdk.Model{list.Models, info.DefaultModels} {
		found, ok := findModel(models, firstOf(r.Model, defaultModel(info)))
		switch {
		case !ok || len(found.Efforts) == 0:
			continue
		case slices.Contains(found.Efforts, r.Effort):
			return nil
		}
		return &UsageError{
			Message: fmt.Sprintf("effort %s: model %s of provider %s has %s", r.Effort, found.ID, r.result.Provider, alternatives(found.Efforts)),
			Remedy:  "jcode models --refresh --provider " + r.result.Provider + ", or --model-unchecked for a brand-new one",
		}
	}
	return nil
}

// suggestModels adds the nearest names to the error of a provider that does not know
// the model and names no other.
func (h *Host) suggestModels(ctx context.Context, err error, name, model string, c *config.Config) error {
	var unknown *sdk.Error
	if !errors.As(err, &unknown) || unknown.Kind != sdk.KindModelNotFound || model == "" {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, windowTime)
	defer cancel()
	models, _ := h.models(limited, name, c) // without a list the error stands alone
	if slices.ContainsFunc(models, func(m sdk.Model) bool {
		return m.ID != model && strings.Contains(unknown.Message+unknown.Remedy, m.ID)
	}) {
		return err
	}
	near := nearestModels(models, model)
	if len(near) == 0 {
		return err
	}
	better := *unknown
	better.Message = strings.TrimSpace(fmt.Sprintf("%s; did you mean %s?", better.Message, alternatives(near)))
	if better.Remedy == "" {
		better.Remedy = "jcode models --provider " + name
	}
	return &better
}

// maxNearest is how many names are proposed.
const maxNearest = 3

// nearestModels are the ids most like a name, best first: those that hold it, then
// those that a slip of the hand could make.
func nearestModels(models []sdk.Model, name string) []string {
	type candidate struct {
		id    string
		score int
	}
	var all []candidate
	wanted := strings.ToLower(undated(name))
	for _, m := range models {
		id := strings.ToLower(undated(m.ID))
		score := levenshtein.ComputeDistance(wanted, id)
		if strings.Contains(id, wanted) || strings.Contains(wanted, id) {
			score = min(score, 2)
		}
		if score <= max(2, len(wanted)/3) {
			all = append(all, candidate{m.ID, score})
		}
	}
	slices.SortStableFunc(all, func(a, b candidate) int { return a.score - b.score })
	var ids []string
	for _, c := range all[:min(len(all), maxNearest)] {
		ids = append(ids, c.id)
	}
	return ids
}

// alternatives is "a, b or c".
func alternatives(names []string) string {
	if len(names) < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:len(names)-1], ", ") + " or " + names[len(names)-1]
}
