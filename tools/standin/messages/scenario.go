package messages

import (
	"fmt"

	"github.com/jcode-go/jcode/tools/standin/internal/script"
)

// The parts of a scenario that are the same for every vendor.
type (
	// Scenario is what the server answers.
	Scenario = script.Scenario[Reply, HTTPError]
	// Step is one answer and when to give it.
	Step = script.Step[Reply, HTTPError]
	// When says which requests a step answers.
	When = script.When
	// ResultMatch describes one tool result.
	ResultMatch = script.ResultMatch
	// Capture names a value to take from tool results.
	Capture = script.Capture
)

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

var checks = script.Checks[Reply, HTTPError]{Reply: (*Reply).check, HTTP: (*HTTPError).check}

func (e *HTTPError) check() error {
	if e.Status < 300 || e.Status > 599 {
		return fmt.Errorf("http.status %d is no error", e.Status)
	}
	return nil
}

// Load reads a scenario file.
func Load(path string) (*Scenario, error) { return script.Load(path, checks) }

// Parse reads a scenario from JSON, refusing unknown fields, and prepares it.
func Parse(b []byte) (*Scenario, error) { return script.Parse(b, checks) }
