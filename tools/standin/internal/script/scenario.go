package script

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

// Scenario is what the server answers. It is read-only once loaded.
type Scenario[R, E any] struct {
	Name  string `json:"name,omitempty"`
	About string `json:"about,omitempty"`
	// Captures take values from the tool results of the whole conversation; the
	// newest result that matches wins. Steps use them as ${name}.
	Captures []Capture `json:"captures,omitempty"`
	// Steps are tried in order; the first that matches and is not used up answers.
	Steps []Step[R, E] `json:"steps"`

	ready bool
}

// Capture names a value to take from tool results: the first group of Regex,
// or the whole match when it has no group.
type Capture struct {
	Name  string `json:"name"`
	Tool  string `json:"tool,omitempty"` // "" takes results of any tool
	Regex string `json:"regex"`

	regex *regexp.Regexp
}

// Step is one answer and when to give it. Exactly one of Reply and HTTP is set.
type Step[R, E any] struct {
	Name  string `json:"name"`
	When  When   `json:"when"`
	Times int    `json:"times,omitempty"` // answers given at most; 0 means always
	// DelayMS passes before anything is sent.
	DelayMS int `json:"delay_ms,omitempty"`
	Reply   *R  `json:"reply,omitempty"`
	HTTP    *E  `json:"http,omitempty"`
	// Headers are added to the answer, over those that every answer has. An
	// empty value removes a header.
	Headers map[string]string `json:"headers,omitempty"`
}

// Checks look at what only one vendor's package knows.
type Checks[R, E any] struct {
	Reply func(*R) error
	HTTP  func(*E) error
}

// Load reads a scenario file.
func Load[R, E any](path string, c Checks[R, E]) (*Scenario[R, E], error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	s, err := Parse(b, c)
	if err != nil {
		return nil, fmt.Errorf("read scenario %s: %w", path, err)
	}
	return s, nil
}

// Parse reads a scenario from JSON, refusing unknown fields, and prepares it.
func Parse[R, E any](b []byte, c Checks[R, E]) (*Scenario[R, E], error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s Scenario[R, E]
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if err := s.Prepare(c); err != nil {
		return nil, err
	}
	return &s, nil
}

// Prepare checks every step and compiles the expressions, once. A Scenario built
// in Go goes through it when a server gets it.
func (s *Scenario[R, E]) Prepare(checks Checks[R, E]) error {
	if s.ready {
		return nil
	}
	if len(s.Steps) == 0 {
		return fmt.Errorf("the scenario has no steps")
	}
	for i := range s.Captures {
		c := &s.Captures[i]
		if c.Name == "" || c.Regex == "" {
			return fmt.Errorf("capture %d needs a name and a regex", i)
		}
		re, err := regexp.Compile(c.Regex)
		if err != nil {
			return fmt.Errorf("capture %s: %w", c.Name, err)
		}
		c.regex = re
	}
	seen := map[string]bool{}
	for i := range s.Steps {
		step := &s.Steps[i]
		if step.Name == "" || seen[step.Name] {
			return fmt.Errorf("step %d: name %q is empty or taken", i, step.Name)
		}
		seen[step.Name] = true
		if err := step.prepare(checks); err != nil {
			return fmt.Errorf("step %s: %w", step.Name, err)
		}
	}
	s.ready = true
	return nil
}

func (s *Step[R, E]) prepare(checks Checks[R, E]) error {
	if (s.Reply == nil) == (s.HTTP == nil) {
		return fmt.Errorf("needs either reply or http")
	}
	if s.HTTP != nil {
		if err := checks.HTTP(s.HTTP); err != nil {
			return err
		}
	}
	if s.Reply != nil {
		if err := checks.Reply(s.Reply); err != nil {
			return err
		}
	}
	return s.When.prepare()
}

// Pick finds the first step that answers talk, with the values for its templates.
func (s *Scenario[R, E]) Pick(talk *Talk, counts *Counts) (*Step[R, E], Values, bool) {
	for i := range s.Steps {
		step := &s.Steps[i]
		own, ok := step.When.match(talk)
		if ok && counts.Take(step.Name, step.Times) {
			return step, ValuesOf(own, s.Captures, talk), true
		}
	}
	return nil, Values{}, false
}
