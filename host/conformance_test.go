package host

import (
	"os"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk/providertest/conformance"
)

// TestConformanceIsDocumented: every case is in docs/conformance.md as it is, and
// names a section of the protocol that exists.
func TestConformanceIsDocumented(t *testing.T) {
	t.Parallel()
	list, err := os.ReadFile("../docs/conformance.md")
	if err != nil {
		t.Fatal(err)
	}
	protocol, err := os.ReadFile("../docs/plugin-protocol.md")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, c := range conformance.Cases() {
		row := "| " + string(c.Suite) + " | `" + c.ID + "` | " + c.Proves + " |\n"
		if !strings.Contains(string(list), row) {
			t.Errorf("docs/conformance.md has no row %q", row)
		}
		if !strings.Contains(string(protocol), "\n## "+c.Section+"\n") {
			t.Errorf("%s: docs/plugin-protocol.md has no section %q", c.ID, c.Section)
		}
		if seen[c.ID] {
			t.Errorf("%s is there twice", c.ID)
		}
		seen[c.ID] = true
	}
	if n := strings.Count(string(list), "\n| core | ") + strings.Count(string(list), "\n| login | ") +
		strings.Count(string(list), "\n| generate | ") + strings.Count(string(list), "\n| faults | "); n != len(seen) {
		t.Errorf("docs/conformance.md lists %d cases of %d", n, len(seen))
	}
}
