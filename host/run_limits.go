package host

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jcode-go/jcode/host/internal/config"
	"github.com/jcode-go/jcode/sdk"
)

// fillLimits takes from the configuration what no flag says, and remembers which
// limits the user asked for on this run: those are kept or refused, never ignored.
func (r *run) fillLimits(c *config.Config) {
	r.asked = map[string]bool{
		"max_tokens_total": r.MaxTokensTotal > 0 || c.Origin("max_tokens_total") == config.OriginSet,
		"max_cost_usd":     r.MaxCostUSD > 0 || c.Origin("max_cost_usd") == config.OriginSet,
	}
	if r.Timeout == 0 {
		r.Timeout = c.Timeout
	}
	if r.MaxTokensTotal == 0 {
		r.MaxTokensTotal = c.MaxTokensTotal
	}
	if r.MaxCostUSD == 0 {
		r.MaxCostUSD = c.MaxCostUSD
	}
}

// checkBudget refuses limits of tokens and cost that could not be kept, before
// anything is spent. Those of the configuration are dropped with a warning.
func (r *run) checkBudget(ctx context.Context) (err error) {
	if r.prices, err = r.host.prices(); err != nil {
		return err
	}
	r.prices.learn(r.result.Provider, r.facts.Info.DefaultModels)
	if r.facts.Info.Has(sdk.CapabilityNativeTools) {
		return r.refuseNative()
	}
	if r.MaxCostUSD == 0 {
		return nil
	}
	model := firstOf(r.Model, defaultModel(r.facts.Info))
	if r.prices.of(r.result.Provider, model) == nil {
		model = firstOf(r.Model, r.askPrices(ctx))
	}
	if r.prices.of(r.result.Provider, model) == nil {
		err = r.cannotKeep("max_cost_usd", fmt.Sprintf("the price of %s is unknown", r.modelOf(model)), r.priceRemedy(model))
	}
	return err
}

// refuseNative is for providers that make all their turns within one call, where
// nothing of ours comes between them.
func (r *run) refuseNative() error {
	reason := "provider " + r.result.Provider + " makes its own turns and cannot enforce it"
	if r.MaxTokensTotal > 0 {
		if err := r.cannotKeep("max_tokens_total", reason, ""); err != nil {
			return err
		}
	}
	if r.MaxCostUSD > 0 {
		return r.cannotKeep("max_cost_usd", reason, "")
	}
	return nil
}

// cannotKeep refuses a limit that the user asked for on this run, and drops one of
// the configuration with a warning.
func (r *run) cannotKeep(key, reason, remedy string) error {
	if r.asked[key] {
		return &ConfigError{Key: "--" + strings.ReplaceAll(key, "_", "-"), Message: reason, Remedy: remedy}
	}
	switch key {
	case "max_tokens_total":
		r.MaxTokensTotal = 0
	case "max_cost_usd":
		r.MaxCostUSD = 0
	}
	r.warnings = append(r.warnings, Warning{Code: "limit", Message: fmt.Sprintf("%s of the configuration is not kept: %s", key, reason)})
	return nil
}

// affords reports why a backup cannot be asked under the limits of the run.
func (r *run) affords(b backup, info sdk.Info) error {
	if info.Has(sdk.CapabilityNativeTools) && (r.MaxTokensTotal > 0 || r.MaxCostUSD > 0) {
		return errors.New("it makes its own turns and cannot enforce the limits of tokens and cost")
	}
	r.prices.learn(b.provider, info.DefaultModels)
	model := firstOf(b.model, defaultModel(info))
	if r.MaxCostUSD > 0 && r.prices.of(b.provider, model) == nil {
		return fmt.Errorf("what model %s costs is unknown, and --max-cost-usd could not be kept", firstOf(model, "of its own choice"))
	}
	return nil
}

func (r *run) modelOf(model string) string {
	if model == "" {
		return "the model that provider " + r.result.Provider + " uses by default"
	}
	return "model " + model + " of provider " + r.result.Provider
}

func (r *run) priceRemedy(model string) string {
	if model == "" {
		return "name the model: jcode run -m MODEL …"
	}
	return fmt.Sprintf("write it into %s/prices.toml (docs/limits.md), or use --max-tokens-total", r.host.home)
}

// goOn has the remedy of a limit name this very session: by now the last one may be
// that of another run, or nothing may have been kept.
func (r *run) goOn(err error) error {
	var limit *LimitError
	var timeout *TimeoutError
	const last, goOn = "jcode run -c ", ` "go on"`
	switch {
	case r.result.SessionID == "":
	case errors.As(err, &timeout) && r.result.SessionPath != "":
		return &TimeoutError{After: timeout.After, Remedy: "jcode run -r " + r.result.SessionID + " --timeout TIME" + goOn}
	case errors.As(err, &limit) && strings.HasPrefix(limit.Remedy, last):
		better := *limit
		rest := strings.TrimPrefix(limit.Remedy, last)
		better.Remedy = "jcode run -r " + r.result.SessionID + " " + rest
		if r.result.SessionPath == "" {
			again, _ := strings.CutSuffix(rest, goOn)
			better.Remedy = "jcode run " + again + " …, or without --ephemeral to go on later"
		}
		return &better
	}
	return err
}
