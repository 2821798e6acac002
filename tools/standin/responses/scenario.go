package responses

import (
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
	// ResultMatch describes one tool output. It is an error when its text begins
	// with [Error].
	ResultMatch = script.ResultMatch
	// Capture names a value to take from tool outputs.
	Capture = script.Capture
)

var checks = script.Checks[Reply, HTTPError]{Reply: (*Reply).check, HTTP: (*HTTPError).check}

// Load reads a scenario file.
func Load(path string) (*Scenario, error) { return script.Load(path, checks) }

// Parse reads a scenario from JSON, refusing unknown fields, and prepares it.
func Parse(b []byte) (*Scenario, error) { return script.Parse(b, checks) }
