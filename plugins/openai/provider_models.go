package openai

import (
	"context"
	"net/http"

	"github.com/jcode-go/jcode/sdk"
)

// ListModels returns the models that the account may use, in the vendor's order. When
// the vendor cannot be asked, an older list serves.
func (p *Provider) ListModels(ctx context.Context) ([]sdk.Model, error) {
	s := p.settings(ctx)
	c, err := p.catalogOf(ctx, s)
	if err != nil {
		return nil, err
	}
	_, entry, err := c.modelsAfter401(ctx, func(sdk.Event) error { return nil })
	kind := sdk.KindOf(err)
	if err != nil && (len(entry.Models) == 0 || kind == sdk.KindUnauthenticated || kind == sdk.KindCancelled) {
		return nil, err
	}
	return shown(entry.Models, s.model), nil
}

// modelsAfter401 returns the list, asking once more with another credential when the
// vendor refused this one; the catalog comes back with the one that counts.
func (c catalog) modelsAfter401(ctx context.Context, tell func(sdk.Event) error) (catalog, cachedModels, error) {
	entry, err := c.models(ctx)
	if e := sdk.AsError(err); e == nil || e.HTTPStatus != http.StatusUnauthorized || e.Kind != sdk.KindUnauthenticated || c.credential.mode != modeChatGPT {
		return c, entry, err
	}
	other, otherErr := c.provider.afterRefusal(ctx, c.credential, tell)
	if otherErr != nil {
		return c, entry, err
	}
	c.credential = other
	entry, err = c.models(ctx)
	return c, entry, err
}

// shown are the models that the vendor shows to people, with the one marked that is
// used when the user names none.
func shown(models []listedModel, chosen string) []sdk.Model {
	out := make([]sdk.Model, 0, len(models))
	for _, m := range models {
		if m.Hidden && m.ID != chosen {
			continue
		}
		model := m.model()
		model.Default = m.ID == chosen || chosen == "" && len(out) == 0
		out = append(out, model)
	}
	return out
}

// catalogOf asks with a fresh login; it is part of no turn, so that a warning has
// nowhere to go.
func (p *Provider) catalogOf(ctx context.Context, s settings) (catalog, error) {
	if err := s.usable(); err != nil {
		return catalog{}, err
	}
	at, err := target(s.credential, p.configuration().Variables)
	if err != nil {
		return catalog{}, err
	}
	client, err := p.httpClient()
	if err != nil {
		return catalog{}, err
	}
	c, err := p.fresh(ctx, s.credential, func(sdk.Event) error { return nil })
	return catalog{provider: p, client: client, endpoint: at, credential: c}, err
}

// model is the one to use: the request's, the user's, else the first that the
// catalog shows. A named model costs no question; what the cache knows of it helps.
func (x *exchange) model(ctx context.Context, requested string) (string, *listedModel, error) {
	c := x.catalog()
	name := firstOf(requested, x.settings.model)
	if name != "" {
		stored := c.cache().Load()
		return name, find(stored.Models, name), nil
	}
	c, entry, err := c.modelsAfter401(ctx, x.emit)
	x.replaced = x.replaced || !c.credential.secret.Equal(x.credential.secret)
	x.credential = c.credential
	for i, m := range entry.Models {
		if !m.Hidden {
			return m.ID, &entry.Models[i], nil
		}
	}
	e := &sdk.Error{
		Kind: sdk.KindConfiguration, Message: "no model was named, and the list of models cannot be had",
		Remedy: "name one: --model, or " + modelVariable + "; " + modelsRemedy + " lists them", Err: err,
	}
	if sdk.KindOf(err) == sdk.KindNetwork && sdk.AsError(err).Retryable {
		e.Kind, e.Retryable = sdk.KindNetwork, true // nobody answers: naming one would not help yet
	}
	if kind := sdk.KindOf(err); err != nil && kind != sdk.KindNetwork && kind != sdk.KindInvalidRequest && kind != sdk.KindConfiguration {
		return "", nil, err // a refused login, an overloaded vendor
	}
	return "", nil, e
}

func find(models []listedModel, name string) *listedModel {
	for _, same := range []func(string) bool{
		func(id string) bool { return id == name },
		func(id string) bool { return family(id) == family(name) },
	} {
		for i, m := range models {
			if same(m.ID) {
				return &models[i]
			}
		}
	}
	return nil
}

func (x *exchange) catalog() catalog {
	return catalog{provider: x.provider, client: x.client, endpoint: x.endpoint, credential: x.credential}
}

// maxAlternatives keeps an error to one line.
const maxAlternatives = 8

// alternatives are the models that there are, for an error that says that one is
// not.
func (x *exchange) alternatives(ctx context.Context) []string {
	entry, _ := x.catalog().models(ctx) // without a list the error stands alone
	var names []string
	for _, m := range entry.Models {
		if !m.Hidden && m.ID != x.turn.model && len(names) < maxAlternatives {
			names = append(names, m.ID)
		}
	}
	return names
}
