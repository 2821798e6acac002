// Package providertest runs the conformance cases of a provider in `go test`:
//
//	func TestConformance(t *testing.T) {
//		providertest.Run(t, providertest.Subject{
//			New:      func() sdk.Provider { return acme.New() },
//			Path:     binary, // built before; may be empty
//			Fixtures: providertest.Fixtures{Text: askForText, …},
//		})
//	}
//
// The cases are in package conformance, which needs no test framework. Package
// scripted is a provider for the tests of hosts.
package providertest

import (
	"testing"

	"github.com/jcode-go/jcode/sdk/providertest/conformance"
)

// Subject is what is tested; see [conformance.Subject].
type Subject = conformance.Subject

// Fixtures are requests with a known answer; see [conformance.Fixtures].
type Fixtures = conformance.Fixtures

// Run runs every case in every mode that subject offers, each as a subtest
// MODE/CASE. Cases without their fixture are skipped with the reason.
func Run(t *testing.T, subject Subject) {
	t.Helper()
	for _, mode := range subject.Modes() {
		t.Run(string(mode), func(t *testing.T) {
			for _, c := range conformance.Cases() {
				t.Run(c.ID, func(t *testing.T) {
					report(t, conformance.Evaluate(t.Context(), subject, mode, c))
				})
			}
		})
	}
}

func report(t *testing.T, outcome conformance.Outcome) {
	t.Helper()
	if outcome.Skipped != "" {
		t.Skip(outcome.Skipped)
	}
	for _, failure := range outcome.Failures {
		t.Errorf("%s\n\tthe rule: %s", failure, outcome.Proves)
	}
}
