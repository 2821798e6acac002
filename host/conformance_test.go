package host

import (
	"os"
	"path/filepath"
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

// TestCheckManifest: a manifest that jcode does not read is not a valid one.
func TestCheckManifest(t *testing.T) {
	t.Parallel()
	const text = "schema = 1\nname = \"acme\"\nversion = \"1.0.0\"\nprotocol = [1]\nkind = \"http\"\n"
	for name, test := range map[string]struct {
		files map[string]string
		says  string // empty: it is valid
	}{
		"alone":       {map[string]string{"plugin.toml": text}, ""},
		"wrong":       {map[string]string{"plugin.toml": text + "colour = 1\n"}, "unknown key"},
		"of several":  {map[string]string{"plugin.toml": text, "jcode-provider-other": ""}, "call it jcode-provider-acme.plugin.toml"},
		"by its name": {map[string]string{"jcode-provider-acme.plugin.toml": text, "jcode-provider-other": ""}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test.files["jcode-provider-acme"] = ""
			for path, data := range test.files {
				if err := os.WriteFile(filepath.Join(dir, path), []byte(data), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			err := conformanceHost{}.CheckManifest(filepath.Join(dir, "jcode-provider-acme"))
			if (err == nil) != (test.says == "") || err != nil && !strings.Contains(err.Error(), test.says) {
				t.Errorf("%v, want %q", err, test.says)
			}
		})
	}
}
