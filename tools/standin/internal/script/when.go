package script

import (
	"fmt"
	"regexp"
	"strings"
)

// When says which requests a step answers; all that is set must hold. The zero
// value matches every request.
//
// The task is what the user said last in a message without tool results; turn
// 1 answers it, turn 2 answers the first tool results after it, and so on.
type When struct {
	Turn        int    `json:"turn,omitempty"`
	User        string `json:"user,omitempty"`         // substring of the task
	UserRegex   string `json:"user_regex,omitempty"`   // its named groups become values
	Extra       string `json:"extra,omitempty"`        // substring of the text beside the tool results
	SystemRegex string `json:"system_regex,omitempty"` // on the system prompt
	Model       string `json:"model,omitempty"`        // exact id
	// Called counts the tool calls made since the task, by tool: {"edit": 0}
	// holds as long as edit was not called. Tools not named are not counted.
	Called map[string]int `json:"called,omitempty"`
	// Results must each match one of the tool results just received. An empty
	// list also matches a request that brings none.
	Results []ResultMatch `json:"results,omitempty"`
	// NoResults demands that the request brings no tool results.
	NoResults bool `json:"no_results,omitempty"`

	user, system *regexp.Regexp
}

// ResultMatch describes one tool result; all that is set must hold.
type ResultMatch struct {
	Tool        string `json:"tool,omitempty"`
	InputRegex  string `json:"input_regex,omitempty"` // on the JSON of the call's input
	Contains    string `json:"contains,omitempty"`
	NotContains string `json:"not_contains,omitempty"`
	Regex       string `json:"regex,omitempty"` // its named groups become values
	IsError     *bool  `json:"is_error,omitempty"`

	input, regex *regexp.Regexp
}

func (w *When) prepare() error {
	var err error
	if w.user, err = compile(w.UserRegex); err != nil {
		return fmt.Errorf("user_regex: %w", err)
	}
	if w.system, err = compile(w.SystemRegex); err != nil {
		return fmt.Errorf("system_regex: %w", err)
	}
	for i := range w.Results {
		m := &w.Results[i]
		if m.input, err = compile(m.InputRegex); err != nil {
			return fmt.Errorf("results[%d].input_regex: %w", i, err)
		}
		if m.regex, err = compile(m.Regex); err != nil {
			return fmt.Errorf("results[%d].regex: %w", i, err)
		}
	}
	return nil
}

// compile gives nil for an empty expression, which then matches everything.
func compile(expr string) (*regexp.Regexp, error) {
	if expr == "" {
		return nil, nil //nolint:nilnil // nil is the expression that was not given
	}
	return regexp.Compile(expr)
}

// match reports whether w holds, and the values its named groups took.
func (w *When) match(c *Talk) (map[string]string, bool) {
	values := map[string]string{}
	ok := (w.Turn == 0 || w.Turn == c.Turn) &&
		(w.Model == "" || w.Model == c.Model) &&
		strings.Contains(c.Task, w.User) &&
		strings.Contains(c.Extra, w.Extra) &&
		(!w.NoResults || len(c.Results) == 0) &&
		take(w.user, c.Task, values) &&
		take(w.system, c.System, values)
	for tool, n := range w.Called {
		ok = ok && c.Called[tool] == n
	}
	for i := range w.Results {
		ok = ok && w.Results[i].matchAny(c.Results, values)
	}
	return values, ok
}

func (m *ResultMatch) matchAny(results []Result, values map[string]string) bool {
	for _, r := range results {
		if m.match(r, values) {
			return true
		}
	}
	return false
}

func (m *ResultMatch) match(r Result, values map[string]string) bool {
	return (m.Tool == "" || m.Tool == r.Tool) &&
		(m.IsError == nil || *m.IsError == r.IsError) &&
		strings.Contains(r.Text, m.Contains) &&
		(m.NotContains == "" || !strings.Contains(r.Text, m.NotContains)) &&
		take(m.input, r.Input, values) &&
		take(m.regex, r.Text, values)
}

// take matches re, if any, and adds its named groups to values.
func take(re *regexp.Regexp, text string, values map[string]string) bool {
	if re == nil {
		return true
	}
	found := re.FindStringSubmatch(text)
	if found == nil {
		return false
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			values[name] = found[i]
		}
	}
	return true
}
