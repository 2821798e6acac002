package host

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"time"

	"github.com/jcode-go/jcode/host/internal/agent"
	"github.com/jcode-go/jcode/host/internal/price"
	"github.com/jcode-go/jcode/sdk"
)

// Where a cost comes from: see package agent.
const (
	CostExact     = agent.CostExact
	CostEstimated = agent.CostEstimated
	CostUnknown   = agent.CostUnknown
)

// prices are what models cost: the user's own file first, then what the providers
// say of their models. It is safe for concurrent use.
type prices struct {
	table *price.Table

	mu     sync.Mutex
	models map[string]map[string]sdk.Price // by provider and model
	// kept are the models of a provider that are known without asking anybody; they
	// are looked at once, when a price is missing: looked has the provider then.
	kept   func(provider string) []sdk.Model
	looked map[string]bool
}

// prices reads the user's price file, if there is one.
func (h *Host) prices() (*prices, error) {
	table, err := price.Load(filepath.Join(h.home, price.FileName))
	var bad *price.Error
	if errors.As(err, &bad) {
		return nil, &ConfigError{File: bad.File, Line: bad.Line, Column: bad.Column, Message: bad.Message}
	}
	return &prices{table: table, models: map[string]map[string]sdk.Price{}, looked: map[string]bool{}, kept: func(provider string) []sdk.Model { return h.readModels(provider).Models }}, err
}

// learn takes the prices that a provider gives with its models.
func (p *prices) learn(provider string, models []sdk.Model) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, model := range models {
		p.take(provider, model)
	}
}

// take is called with p.mu held.
func (p *prices) take(provider string, model sdk.Model) {
	if model.Price == nil {
		return
	}
	if p.models[provider] == nil {
		p.models[provider] = map[string]sdk.Price{}
	}
	p.models[provider][model.ID] = *model.Price
}

// of is the price of a model; nil is unknown, which is never 0.
func (p *prices) of(provider, model string) *sdk.Price {
	if own := p.table.Of(provider, model); own != nil {
		return own
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	found, ok := p.models[provider][model]
	if !ok && !p.looked[provider] {
		p.looked[provider] = true
		for _, old := range p.kept(provider) {
			if _, newer := p.models[provider][old.ID]; !newer {
				p.take(provider, old)
			}
		}
		found, ok = p.models[provider][model]
	}
	if !ok {
		return nil
	}
	return &found
}

// listTime is how long a provider may take to list its models when their prices
// decide whether a run may begin.
const listTime = 15 * time.Second

// askPrices asks the provider for its models, for a limit of cost. It returns the
// model that the provider uses when none is named, as far as that is known.
func (r *run) askPrices(ctx context.Context) (standard string) {
	standard = defaultModel(r.facts.Info)
	limited, cancel := context.WithTimeout(ctx, listTime)
	defer cancel()
	models, err := r.host.models(limited, r.result.Provider, r.config)
	if err != nil {
		return standard // the price stays unknown, and that is what is said
	}
	r.prices.learn(r.result.Provider, models)
	return firstOf(standard, defaultModel(sdk.Info{DefaultModels: models}))
}
