package session

import (
	"slices"

	"github.com/jcode-go/jcode/sdk"
)

// Rule is a permission rule that the user agreed to for the session.
type Rule struct {
	Rule string `json:"rule"`
	// Dir is the folder that its relative paths start from.
	Dir string `json:"dir"`
}

// Rules are what the user agreed to so far, in that order.
func (s *Session) Rules() []Rule {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.state.rules)
}

// AddRules keeps rules for later runs of the session.
func (s *Session) AddRules(texts []string, dir string) error {
	rules := make([]Rule, 0, len(texts))
	for _, text := range texts {
		rules = append(rules, Rule{Rule: text, Dir: dir})
	}
	return s.write(entry{Type: typeRules, Rules: rules}, sdk.Message{})
}
