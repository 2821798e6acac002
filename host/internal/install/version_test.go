package install

import (
	"strings"
	"testing"
)

func TestConstraint(t *testing.T) {
	t.Parallel()
	for text, versions := range map[string]struct{ in, out string }{
		"1.2.3":         {"1.2.3 1.2.3+build", "1.2.4 1.2.2 1.2.3-rc.1"},
		"v1.2.3":        {"1.2.3", "1.2.4"},
		"=1.2.3":        {"1.2.3", "1.2.4"},
		"1.2":           {"1.2.0 1.2.9", "1.3.0 1.1.9"},
		"1.2.x":         {"1.2.0 1.2.9", "1.3.0"},
		"1":             {"1.0.0 1.9.9", "2.0.0 0.9.0"},
		"1.x":           {"1.0.0 1.9.9", "2.0.0"},
		"*":             {"0.0.1 9.9.9", "1.0.0-rc.1"},
		"^1.2":          {"1.2.0 1.9.9", "1.1.9 2.0.0 2.0.0-rc.1"},
		"^0.2.3":        {"0.2.3 0.2.9", "0.3.0 0.2.2"},
		"^0.0.3":        {"0.0.3", "0.0.4"},
		"~1.2.3":        {"1.2.3 1.2.9", "1.3.0 1.2.2"},
		"~1.2":          {"1.2.0 1.2.9", "1.3.0"},
		"~1":            {"1.0.0 1.9.0", "2.0.0"},
		">=1.2, <2":     {"1.2.0 1.9.9", "1.1.0 2.0.0"},
		">= 1.2 < 1.5":  {"1.4.9", "1.5.0"},
		"^1 || ^3":      {"1.1.0 3.1.0", "2.0.0 4.0.0"},
		"!=1.2.0":       {"1.2.1", "1.2.0"},
		"^2.1.0-rc.1":   {"2.1.0-rc.1 2.1.0-rc.2 2.1.0 2.2.0", "2.1.0-beta 3.0.0 3.0.0-rc.1"},
		">1.0.0, <=1.1": {"1.0.1 1.1.0", "1.0.0 1.1.1"},
		"^0":            {"0.0.1 0.9.0", "1.0.0"},
	} {
		c, err := parseConstraint(text)
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		for _, v := range strings.Fields(versions.in) {
			if !c.allows(v) {
				t.Errorf("%s does not allow %s", text, v)
			}
		}
		for _, v := range strings.Fields(versions.out) {
			if c.allows(v) {
				t.Errorf("%s allows %s", text, v)
			}
		}
	}
	for _, text := range []string{"newest", "", "^", "1.2.3.4", ">=x", "1 || ", "1.2.3-"} {
		if c, err := parseConstraint(text); err == nil {
			t.Errorf("%q became %+v", text, c)
		}
	}
}

func TestVersion(t *testing.T) {
	t.Parallel()
	for version, valid := range map[string]bool{
		"1.2.3": true, "1.2.3-rc.1": true, "1.2.3+b-1": true, "0.0.0-dev+abc": true,
		"1.2": false, "v1.2.3": false, "": false, "two": false, "1.2.3.4": false, "01.2.3": false,
	} {
		if validVersion(version) != valid {
			t.Errorf("%q: valid is %t", version, !valid)
		}
	}
	if !older("1.9.0", "1.10.0") || older("devel", "1.0.0") || !sameVersion("v1.2.3", "1.2.3") || sameVersion("", "") {
		t.Error("versions are not ordered")
	}
}

func FuzzParseConstraint(f *testing.F) {
	for _, seed := range []string{"^1.2", ">=1, <2", "1 || 2", "~0", "*"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if c, err := parseConstraint(text); err == nil {
			c.allows("1.2.3")
		}
	})
}
