package agent

import (
	"fmt"
	"time"

	"github.com/jcode-go/jcode/host/internal/session"
	"github.com/jcode-go/jcode/sdk"
)

// spent is what a run has used of its limits, subagents included.
type spent struct {
	calls  int // of the model
	tokens int64
	cost   float64 // of the calls whose cost is known
	// estimated says that part of cost was reckoned from prices; unpriced names the
	// model of a call whose cost is unknown, and silent says that it told no tokens.
	estimated bool
	unpriced  string
	silent    bool
	// guessed says that tokens and cost have a call in them that broke off and told
	// nothing. That is good enough for the limits, and no cost to be told.
	guessed bool
	// accounted says that at least one call is in the totals.
	accounted bool
}

// source says where the total cost comes from.
func (s spent) source() string {
	switch {
	case !s.accounted || s.guessed || s.unpriced != "":
		return CostUnknown
	case s.estimated:
		return CostEstimated
	}
	return CostExact
}

// takeTurn counts one call of the model. It refuses once a limit is reached.
// Subagents that ask at the same time may each exceed it by their one call.
func (r *run) takeTurn() (turn int, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err := r.overLimit(); err != nil {
		return 0, err
	}
	r.spent.calls++
	return r.spent.calls, nil
}

// exhausted reports whether the next turn would be refused.
func (r *run) exhausted() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.overLimit()
}

// overLimit is called with r.mu held.
func (r *run) overLimit() error {
	s := r.spent
	switch {
	case r.MaxTurns > 0 && s.calls >= r.MaxTurns:
		return turnLimit(r.MaxTurns)
	case r.MaxTokensTotal > 0 && s.tokens >= r.MaxTokensTotal:
		return tokenLimit(s.tokens, r.MaxTokensTotal)
	case r.MaxCostUSD > 0 && s.unpriced != "":
		return unpricedLimit(s.unpriced, s.silent)
	case r.MaxCostUSD > 0 && s.cost >= r.MaxCostUSD:
		return costLimit(s.cost, r.MaxCostUSD)
	}
	return nil
}

// The values of LimitError.Limit that belong to a whole run.
const (
	LimitTurns  = "max_turns"
	LimitTokens = "max_tokens_total"
	LimitCost   = "max_cost_usd"
	LimitLoop   = "loop"
)

func turnLimit(limit int) *LimitError {
	return &LimitError{
		Limit:   LimitTurns,
		Message: fmt.Sprintf("limit reached: %s, and the model wants to go on", plural(limit, "turn")),
		Remedy:  "jcode run -c --max-turns N \"go on\"",
	}
}

func tokenLimit(used, limit int64) *LimitError {
	return &LimitError{
		Limit:   LimitTokens,
		Message: fmt.Sprintf("limit reached: %d of %d tokens are used, and the model wants to go on", used, limit),
		Remedy:  "jcode run -c --max-tokens-total N \"go on\"",
	}
}

func costLimit(cost, limit float64) *LimitError {
	return &LimitError{
		Limit:   LimitCost,
		Message: fmt.Sprintf("limit reached: $%.4f of $%.4f are spent, and the model wants to go on", cost, limit),
		Remedy:  "jcode run -c --max-cost-usd N \"go on\"",
	}
}

// unpricedLimit ends a run that was promised to stay below a cost when a call turns
// out to have none that is known: its model has no price, or it told no usage.
func unpricedLimit(model string, silent bool) *LimitError {
	why, remedy := "", "name its price in prices.toml, or use --max-tokens-total"
	if silent {
		why, remedy = ", for it told no usage", "use --max-turns instead of --max-cost-usd"
	}
	return &LimitError{
		Limit:   LimitCost,
		Message: fmt.Sprintf("limit cannot be kept: what a call of model %s cost is unknown%s, and the model wants to go on", model, why),
		Remedy:  remedy,
	}
}

// account adds one call of the model to the totals. Its usage has the cost by now;
// guess is for the limits alone, of a call that broke off and told none, or nil.
func (r *run) account(model string, usage sdk.Usage, estimated bool, guess *sdk.Usage, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t, s := &r.total, &r.spent
	t.Usage = session.AddUsage(t.Usage, usage, !s.accounted)
	t.Turns += max(1, usage.Turns)
	t.APIDuration += took
	s.accounted = true
	s.tokens += tokensOf(usage)
	s.estimated = s.estimated || estimated
	if guess != nil && tokensOf(usage) == 0 {
		s.tokens += tokensOf(*guess)
	}
	switch {
	case usage.CostUSD != nil:
		s.cost += *usage.CostUSD
	case guess != nil && guess.CostUSD != nil:
		s.guessed = true
		s.cost += *guess.CostUSD
	case s.unpriced == "":
		s.unpriced, s.silent = firstText(model, "(unknown)"), guess == nil && tokensOf(usage) == 0
	}
	if model == "" {
		return
	}
	t.Model = model
	former, known := t.ModelUsage[model]
	t.ModelUsage[model] = session.AddUsage(former, usage, !known)
}

// tokensOf is every token that went either way, those of the cache included.
func tokensOf(u sdk.Usage) int64 {
	return u.InputTokens + u.OutputTokens + u.CacheReadTokens + u.CacheWriteTokens
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

func firstText(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}
