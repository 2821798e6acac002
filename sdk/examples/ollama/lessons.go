package ollama

import (
	"regexp"
	"sync"
)

// without is what a server refused of a request, so that it is left out.
type without struct {
	tools  bool // this model cannot call tools
	effort bool // or does not think
	usage  bool // this server counts nothing in a stream
}

// refusals are what servers say about a part of a request that they cannot do with, and
// what the user is told about it.
var refusals = []struct {
	says  *regexp.Regexp
	leave func(*without) *bool
	what  string
}{
	{
		regexp.MustCompile(`(?i)does not support (tools|function)|tools? (is|are) not supported|tool use (is )?not supported|no (tool|function) support`),
		func(w *without) *bool { return &w.tools }, "tools: this model cannot call any",
	},
	{
		regexp.MustCompile(`(?i)does not support (thinking|reasoning)|reasoning_effort|(invalid|unsupported) (think|reasoning)`),
		func(w *without) *bool { return &w.effort }, "reasoning effort: this model takes none",
	},
	{
		regexp.MustCompile(`(?i)stream_options|include_usage`),
		func(w *without) *bool { return &w.usage }, "counts of tokens: this server sends none",
	},
}

// learn reports what to leave out after a refusal, or "" when there is nothing to.
func (w *without) learn(message string) string {
	for _, r := range refusals {
		if left := r.leave(w); r.says.MatchString(message) && !*left {
			*left = true
			return r.what
		}
	}
	return ""
}

// lessons are remembered by server and model for the life of the plugin. The zero value
// is ready; it is safe for concurrent use.
type lessons struct {
	mu      sync.Mutex
	learned map[string]without
}

func (l *lessons) of(key string) without {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.learned[key]
}

// remember reports whether this is news.
func (l *lessons) remember(key string, w without) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.learned == nil {
		l.learned = map[string]without{}
	}
	news := l.learned[key] != w
	l.learned[key] = w
	return news
}
