package openai

import (
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// lessons are what the vendor refused of a model, for as long as the plugin runs, so
// that not every turn finds out again. Safe for concurrent use.
type lessons struct {
	mu     sync.Mutex
	models map[string]without
	told   map[sdk.WarningEvent]bool
}

// isNews reports whether a warning was not given before, and notes that it is now.
func (l *lessons) isNews(warning sdk.WarningEvent) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.told[warning] {
		return false
	}
	if l.told == nil {
		l.told = make(map[sdk.WarningEvent]bool)
	}
	l.told[warning] = true
	return true
}

func (l *lessons) of(model string) without {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.models[model]
}

// remember keeps what is about the model. Reasoning that was refused is about one
// transcript.
func (l *lessons) remember(model string, leave without) {
	leave.reasoningItems = false
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.models == nil {
		l.models = make(map[string]without)
	}
	l.models[model] = leave
}

// What a refusal can be about, by words of its text in lower case: the vendor has
// codes for some of these only. The first that fits counts.
var droppable = []struct {
	words []string // all of them
	what  string
	field func(*without) *bool
}{
	{[]string{codeEncrypted}, "the reasoning of earlier turns", func(w *without) *bool { return &w.reasoningItems }},
	{[]string{"encrypted content", "verif"}, "the reasoning of earlier turns", func(w *without) *bool { return &w.reasoningItems }},
	{[]string{"encrypted content", "decrypt"}, "the reasoning of earlier turns", func(w *without) *bool { return &w.reasoningItems }},
	{[]string{"required following item"}, "the reasoning of earlier turns", func(w *without) *bool { return &w.reasoningItems }},
	{[]string{"required reasoning item"}, "the reasoning of earlier turns", func(w *without) *bool { return &w.reasoningItems }},
	{[]string{"instructions are not valid"}, "our instructions as such (they go as a message)", func(w *without) *bool { return &w.instructions }},
	{[]string{"encrypted content", "not support"}, "encrypted reasoning", func(w *without) *bool { return &w.include }},
	{[]string{"reasoning.summary"}, "summaries of reasoning", func(w *without) *bool { return &w.summary }},
	{[]string{"reasoning summar"}, "summaries of reasoning", func(w *without) *bool { return &w.summary }},
	{[]string{"reasoning.effort", "unsupported value"}, "the reasoning effort", func(w *without) *bool { return &w.effort }},
	{[]string{"reasoning.effort", "invalid value"}, "the reasoning effort", func(w *without) *bool { return &w.effort }},
	{[]string{"unsupported", "reasoning"}, "reasoning", func(w *without) *bool { return &w.reasoning }},
	{[]string{"verbosity"}, "verbosity", func(w *without) *bool { return &w.verbosity }},
	{[]string{"unsupported", "temperature"}, "temperature", func(w *without) *bool { return &w.temperature }},
	{[]string{"unsupported", "max_output_tokens"}, "the limit of output tokens", func(w *without) *bool { return &w.maxTokens }},
	{[]string{"unsupported", "parallel_tool_calls"}, "parallel_tool_calls", func(w *without) *bool { return &w.parallel }},
	{[]string{"prompt_cache_retention"}, "prompt_cache_retention", func(w *without) *bool { return &w.retention }},
	{[]string{"unsupported", "prompt_cache_key"}, "prompt_cache_key", func(w *without) *bool { return &w.cacheKey }},
	{[]string{"service_tier"}, "service_tier", func(w *without) *bool { return &w.serviceTier }},
}

// learn notes what to leave out next time, and returns what that is; empty is
// nothing that could be left out.
func (w *without) learn(text string) string {
	text = strings.ToLower(text)
	for _, d := range droppable {
		fits := true
		for _, word := range d.words {
			fits = fits && strings.Contains(text, word)
		}
		if fits {
			*d.field(w) = true
			return d.what
		}
	}
	return ""
}
