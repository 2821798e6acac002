package messages

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
)

// Scenario is what the server answers. It is read-only once loaded.
type Scenario struct {
	Name  string `json:"name,omitempty"`
	About string `json:"about,omitempty"`
	// Captures take values from the tool results of the whole conversation; the
	// newest result that matches wins. Steps use them as ${name}.
	Captures []Capture `json:"captures,omitempty"`
	// Steps are tried in order; the first that matches and is not used up answers.
	Steps []Step `json:"steps"`

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
type Step struct {
	Name  string `json:"name"`
	When  When   `json:"when"`
	Times int    `json:"times,omitempty"` // answers given at most; 0 means always
	// DelayMS passes before anything is sent.
	DelayMS int        `json:"delay_ms,omitempty"`
	Reply   *Reply     `json:"reply,omitempty"`
	HTTP    *HTTPError `json:"http,omitempty"`
	// Headers are added to the answer, over those that every answer has. An
	// empty value removes a header.
	Headers map[string]string `json:"headers,omitempty"`
}

// HTTPError is an answer other than 200.
type HTTPError struct {
	Status  int            `json:"status"`
	Type    string         `json:"type,omitempty"`    // error.type; default by status
	Message string         `json:"message,omitempty"` // default by status
	Details map[string]any `json:"details,omitempty"`
	// Body replaces the JSON error, for what proxies send; ContentType is then
	// text/html unless given.
	Body        string `json:"body,omitempty"`
	ContentType string `json:"content_type,omitempty"`
}

// Load reads a scenario file.
func Load(path string) (*Scenario, error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read scenario: %w", err)
	}
	s, err := Parse(b)
	if err != nil {
		return nil, fmt.Errorf("read scenario %s: %w", path, err)
	}
	return s, nil
}

// Parse reads a scenario from JSON, refusing unknown fields, and prepares it.
func Parse(b []byte) (*Scenario, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	var s Scenario
	if err := d.Decode(&s); err != nil {
		return nil, err
	}
	if err := s.prepare(); err != nil {
		return nil, err
	}
	return &s, nil
}

// prepare checks every step and compiles the expressions. A Scenario built in
// Go goes through it in New.
func (s *Scenario) prepare() error {
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
		if err := step.prepare(); err != nil {
			return fmt.Errorf("step %s: %w", step.Name, err)
		}
	}
	s.ready = true
	return nil
}

func (s *Step) prepare() error {
	if (s.Reply == nil) == (s.HTTP == nil) {
		return fmt.Errorf("needs either reply or http")
	}
	if s.HTTP != nil && (s.HTTP.Status < 300 || s.HTTP.Status > 599) {
		return fmt.Errorf("http.status %d is no error", s.HTTP.Status)
	}
	if s.Reply != nil {
		if err := s.Reply.check(); err != nil {
			return err
		}
	}
	return s.When.prepare()
}
