package claude

import (
	"strconv"
	"strings"

	"github.com/jcode-go/jcode/sdk"
)

const (
	defaultModel = "claude-opus-4-5-20251101"
	// longContextSuffix asks for the million-token window; the API itself
	// knows no such model.
	longContextSuffix = "[1m]"
	betaLongContext   = "context-1m-2025-08-07"
	// defaultMaxTokens is for models that nothing is known of.
	defaultMaxTokens = 32_000
)

// thinkingStyle is how a model is told to think.
type thinkingStyle int

const (
	thinkingNone     thinkingStyle = iota
	thinkingBudget                 // a number of tokens: models up to 4.5
	thinkingAdaptive               // the model decides, guided by an effort
)

// figures are what is known of a generation of models without asking.
type figures struct {
	since     int // version*10, inclusive: 46 is 4.6
	maxOutput int
	context   int
	style     thinkingStyle
	efforts   []string
}

var allEfforts = []string{"low", "medium", "high", "xhigh", "max"}

// generations holds the figures, newest first; the first entry that is not newer
// than the model counts. They only have to be right until the model list of the
// account is known.
var generations = []figures{
	{since: 47, maxOutput: 128_000, context: 1_000_000, style: thinkingAdaptive, efforts: allEfforts},
	{since: 46, maxOutput: 128_000, context: 200_000, style: thinkingAdaptive, efforts: allEfforts},
	{since: 45, maxOutput: 64_000, context: 200_000, style: thinkingBudget, efforts: allEfforts},
	{since: 40, maxOutput: 32_000, context: 200_000, style: thinkingBudget, efforts: allEfforts},
	{since: 37, maxOutput: 64_000, context: 200_000, style: thinkingBudget, efforts: allEfforts},
	{since: 35, maxOutput: 8_192, context: 200_000},
	{since: 30, maxOutput: 4_096, context: 200_000},
}

// model is one model as this turn uses it.
type model struct {
	// id is what goes on the wire.
	id string
	// family is id without what differs between names of the same model. It
	// decides whether thinking may be replayed.
	family  string
	version int // version*10, 0 when the name does not tell
	figures figures
	betas   []string
}

// resolveModel reads a model's name as the user gave it.
func resolveModel(name string) model {
	id, long := strings.CutSuffix(name, longContextSuffix)
	m := model{id: id, family: family(id), version: modelVersion(id)}
	m.figures = figuresOf(m.version, id)
	if long && m.version == 46 {
		m.betas = []string{betaLongContext}
		m.figures.context = 1_000_000
	}
	return m
}

// figuresOf falls back on the newest way of thinking for a Claude model of
// unknown version and on the oldest, which gateways know, for any other.
func figuresOf(version int, id string) figures {
	for _, f := range generations {
		if version >= f.since {
			return f
		}
	}
	f := figures{maxOutput: defaultMaxTokens, style: thinkingBudget, efforts: allEfforts}
	if strings.Contains(id, "claude") {
		f.style = thinkingAdaptive
	}
	return f
}

// family cuts the date, the vendor's prefix and the like off a model id:
// "claude-opus-4-5-20251101" and "anthropic/claude-opus-4.5" are one family.
func family(id string) string {
	if i := strings.LastIndex(id, "claude-"); i > 0 {
		id = id[i:]
	}
	id = strings.NewReplacer(".", "-", "@", "-", ":", "-").Replace(id)
	words := strings.Split(id, "-")
	for i, word := range words {
		if i > 0 && (isDate(word) || word == "latest") {
			return strings.Join(words[:i], "-")
		}
	}
	return id
}

func isDate(word string) bool {
	_, err := strconv.Atoi(word)
	return err == nil && len(word) == 8
}

// modelVersion reads "claude-opus-4-5" as 45, "claude-3-7-sonnet" as 37 and
// "claude-opus-5" as 50; 0 is unknown.
func modelVersion(id string) int {
	words := strings.Split(family(id), "-")
	if words[0] != "claude" {
		return 0
	}
	for i, word := range words {
		major, err := strconv.Atoi(word)
		if err != nil || len(word) > 2 {
			continue
		}
		version := major * 10
		if i+1 < len(words) && len(words[i+1]) == 1 {
			if minor, err := strconv.Atoi(words[i+1]); err == nil {
				version += minor
			}
		}
		return version
	}
	return 0
}

// staticModels is the list when the account's own cannot be had.
func staticModels() []sdk.Model {
	ids := []struct{ id, name string }{
		{"claude-opus-5-5", "Claude Opus 5.5"},
		{"claude-sonnet-5-5", "Claude Sonnet 5.5"},
		{"claude-haiku-5-5", "Claude Haiku 5.5"},
		{"claude-opus-4-8", "Claude Opus 4.8"},
		{"claude-opus-4-6", "Claude Opus 4.6"},
		{"claude-sonnet-4-6", "Claude Sonnet 4.6"},
		{defaultModel, "Claude Opus 4.5"},
		{"claude-haiku-4-5-20251001", "Claude Haiku 4.5"},
	}
	models := make([]sdk.Model, len(ids))
	for i, m := range ids {
		f := resolveModel(m.id).figures
		models[i] = sdk.Model{
			ID: m.id, DisplayName: m.name, ContextTokens: f.context, MaxOutputTokens: f.maxOutput,
			InputModalities: []string{"text", "image"}, Efforts: f.efforts, Default: m.id == defaultModel,
		}
	}
	return models
}
