package providertest

import (
	"os"
	"testing"

	"github.com/jcode-go/jcode/sdk/providertest/conformance"
)

// FromFile reads a fixtures file, see docs/conformance.md, starts its stand-in until
// the end of the test, and returns a subject with its fixtures. Set Path, or New, or
// both, and [Run] it.
func FromFile(t *testing.T, path string) Subject {
	t.Helper()
	file, err := conformance.ReadFile(path)
	if err != nil {
		t.Fatalf("read fixtures: %v", err)
	}
	standIn, err := file.StartStandIn(t.Context(), os.Environ(), os.Stderr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(standIn.Stop)
	subject := Subject{Slack: 10}
	file.Apply(&subject, standIn.Placeholders())
	return subject
}
