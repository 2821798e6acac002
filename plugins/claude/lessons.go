package claude

import (
	"strconv"
	"strings"
	"sync"

	"github.com/jcode-go/jcode/sdk"
)

// lessons are what the vendor refused of a model, for as long as the plugin
// runs, so that not every turn finds out again. Safe for concurrent use.
type lessons struct {
	mu     sync.Mutex
	models map[string]without
	told   map[sdk.WarningEvent]bool
}

// isNews reports whether a warning was not given before, and notes that it is
// now.
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

func (l *lessons) remember(model string, leave without) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.models == nil {
		l.models = make(map[string]without)
	}
	l.models[model] = leave
}

// refusals are the words of a refusal that is about a capability.
var refusals = []string{"not support", "unsupported", "not available", "deprecated", "not permitted", "not allowed", "invalid `signature`", "invalid `data`"}

// learn reads from the text of a refusal, in lower case, what to leave out next
// time. The text is all there is: the vendor has no codes for these.
func (w *without) learn(text string, thinking bool) {
	if limit := statedLimit(text); limit > 0 {
		w.tokensAbove = limit
		return
	}
	about := false
	for _, words := range refusals {
		about = about || strings.Contains(text, words)
	}
	if !about {
		return
	}
	if strings.Contains(text, "effort") || strings.Contains(text, "output_config") {
		w.effort = true
		return
	}
	if thinking && (strings.Contains(text, "thinking") || strings.Contains(text, "adaptive")) {
		w.thinking = true
		return
	}
	if strings.Contains(text, "temperature") {
		w.temperature = true
	}
}

// statedLimit reads the model's limit out of "max_tokens: 64000 > 8192, which is
// the maximum allowed number of output tokens", 0 for any other text.
func statedLimit(text string) int {
	_, rest, ok := strings.Cut(text, "max_tokens: ")
	if !ok {
		return 0
	}
	_, rest, ok = strings.Cut(rest, " > ")
	if !ok {
		return 0
	}
	digits, _, _ := strings.Cut(rest, ",")
	limit, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return limit
}
