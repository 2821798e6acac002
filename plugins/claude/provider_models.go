package claude

import (
	"context"
	"slices"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/modelcache"
)

// ListModels returns the account's models: from the cache for a day, else from
// the vendor, else, when that fails, an older list or the one built in. Refused
// credentials are an error.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	s := p.settings(ctx)
	e, err := p.target(s)
	if err != nil || !s.direct && s.credential.oauth { // a login is for the program alone in CLI mode
		return markDefault(builtInModels(), s.model), nil //nolint:nilerr // a list without credentials is still of use
	}
	stored := p.storedModels(s, e)
	if stored.Fresh(p.clock.Now(), modelsLifetime) {
		return markDefault(stored.Models, s.model), nil
	}
	models, err := p.askModels(ctx, s, e)
	switch kind := sdk.KindOf(err); {
	case err == nil:
		p.keepModels(s, e, models)
		return markDefault(models, s.model), nil
	case kind == sdk.KindUnauthenticated || kind == sdk.KindCancelled:
		return nil, err
	case len(stored.Models) > 0:
		return markDefault(stored.Models, s.model), nil
	}
	return markDefault(builtInModels(), s.model), nil
}

func (p *Provider) askModels(ctx context.Context, s settings, e endpoint) ([]sdk.Model, error) {
	l, err := p.listing(ctx, s, e)
	if err != nil {
		return nil, err
	}
	return l.all(ctx)
}

// storedModels reads the cached list, once: it costs the first request no round
// trip.
func (p *Provider) storedModels(s settings, e endpoint) cachedModels {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.cached == nil {
		loaded := modelCache(p.config.CacheDir, e, s.credential.method).Load()
		p.cached = &loaded
	}
	return *p.cached
}

// keepModels stores a list for the next process; without it, that one asks again.
func (p *Provider) keepModels(s settings, e endpoint, models []sdk.Model) {
	now := p.clock.Now()
	_ = modelCache(p.cacheDir(), e, s.credential.method).Store(cachedModels{FetchedAt: now, Models: models}) // see above
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cached = &cachedModels{FetchedAt: now, Models: models}
}

// cachedModels is the list in the cache folder, one for each address and kind of
// credential.
type cachedModels = modelcache.Entry[sdk.Model]

func modelCache(dir string, e endpoint, method string) modelcache.Cache[sdk.Model] {
	return modelcache.New[sdk.Model](dir, e.base, method)
}

// listedOutput is the limit of a model, 0 when it is not listed.
func listedOutput(c cachedModels, m model) int {
	for _, listed := range c.Models {
		if listed.ID == m.id || family(listed.ID) == m.family {
			return listed.MaxOutputTokens
		}
	}
	return 0
}

// builtInModels says of each model that the vendor was not asked.
func builtInModels() []sdk.Model {
	models := staticModels()
	for i := range models {
		models[i].DisplayName += builtInSuffix
	}
	return models
}

// withDefault is markDefault for a model that may be in no list.
func withDefault(models []sdk.Model, name string) []sdk.Model {
	models = markDefault(models, name)
	if !slices.ContainsFunc(models, func(m sdk.Model) bool { return m.Default }) {
		models = append(models, sdk.Model{ID: name, ContextTokens: resolveModel(name).figures.context, Default: true})
	}
	return models
}

// markDefault returns the list with the model marked that is used when the user
// names none.
func markDefault(models []sdk.Model, name string) []sdk.Model {
	wanted := resolveModel(name).family
	out := make([]sdk.Model, len(models))
	found := false
	for i, m := range models {
		m.Default = !found && family(m.ID) == wanted
		found = found || m.Default
		out[i] = m
	}
	return out
}
