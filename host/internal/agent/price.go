package agent

import (
	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// Where a cost comes from.
const (
	// CostExact is the vendor's own figure.
	CostExact = "exact"
	// CostEstimated was reckoned, at least in part, from tokens and prices.
	CostEstimated = "estimated"
	// CostUnknown goes with no figure at all.
	CostUnknown = "unknown"
)

// Cost is what usage costs at price, in US dollars. A cache price of 0 counts as
// that of input, so that an estimate is never too low for want of one.
func Cost(price sdk.Price, usage sdk.Usage) float64 {
	orInput := func(own float64) float64 {
		if own == 0 {
			return price.Input
		}
		return own
	}
	const million = 1e6
	return (float64(usage.InputTokens)*price.Input +
		float64(usage.OutputTokens)*price.Output +
		float64(usage.CacheReadTokens)*orInput(price.CacheRead) +
		float64(usage.CacheWriteTokens)*orInput(price.CacheWrite)) / million
}

// Priced returns usage with its cost: the vendor's own figure, else an estimate by
// the price of the first of models that has one. A call that told no tokens stays
// without: it was not free.
func Priced(usage sdk.Usage, price func(model string) *sdk.Price, models ...string) (priced sdk.Usage, estimated bool) {
	if usage.CostUSD != nil || price == nil || tokensOf(usage) == 0 {
		return usage, false
	}
	for _, model := range models {
		if model == "" {
			continue
		}
		if found := price(model); found != nil {
			cost := Cost(*found, usage)
			usage.CostUSD = &cost
			return usage, true
		}
	}
	return usage, false
}

// priced is Priced for a call of this conversation: by the model that answered,
// else by the one that was asked for.
func (c *conversation) priced(model string, usage sdk.Usage) (sdk.Usage, bool) {
	if c.Price == nil {
		return usage, false
	}
	price := func(model string) *sdk.Price { return c.Price(c.ProviderName, model) }
	return Priced(usage, price, model, c.Model)
}

// guess is about what a call used that broke off and told nothing: all of the
// conversation went out, and what came back is there. Nothing came back of a call that
// was refused, which no vendor charges for. It is called with s.mu held.
func (c *conversation) guess(s *stream, model string) *sdk.Usage {
	var free float64
	if !s.began {
		return &sdk.Usage{CostUSD: &free}
	}
	about := sdk.Usage{InputTokens: c.length(), OutputTokens: session.MessageBytes(s.fold.Blocks()) / 4}
	about, _ = c.priced(model, about)
	return &about
}
