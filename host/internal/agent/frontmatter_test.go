package agent

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestReadFrontMatter(t *testing.T) {
	t.Parallel()
	text := func(key string, line int, text string) field { return field{key: key, line: line, text: text} }
	list := func(key string, line int, items ...string) field {
		return field{key: key, line: line, items: items, isList: true}
	}
	tests := map[string]struct {
		in   string
		want []field
	}{
		"nothing":      {"\n# only a comment\n", nil},
		"plain":        {"a: one two # aside\nb-2_c:  http://x#y", []field{text("a", 1, "one two"), text("b-2_c", 2, "http://x#y")}},
		"colon inside": {"a: use it when: always", []field{text("a", 1, "use it when: always")}},
		"goes on":      {"a: one\n  two\n\tthree\nb: x", []field{text("a", 1, "one two three"), text("b", 4, "x")}},
		"below":        {"a:\n  one\n  two\nb: x", []field{text("a", 1, "one two"), text("b", 4, "x")}},
		"nothing said": {"a:\nb: # later\n", []field{text("a", 1, ""), text("b", 2, "")}},
		"literal":      {"a: |\n  one\n\n    two\nb: x", []field{text("a", 1, "one\n\ntwo"), text("b", 5, "x")}},
		"folded":       {"a: >-\n  one\n  two\n", []field{text("a", 1, "one two")}},
		"double":       {`a: "x: \"y\" \u00e9" # aside`, []field{text("a", 1, `x: "y" é`)}},
		"single":       {"a: 'it''s # here'", []field{text("a", 1, "it's # here")}},
		"flow list":    {`a: [one, "two", three] # aside`, []field{list("a", 1, "one", "two", "three")}},
		"list":         {"a:\n  - one\n\n  # aside\n  - 'two'\nb: x", []field{list("a", 1, "one", "two"), text("b", 6, "x")}},
		"flat list":    {"a:\n- one\n- two\nb: x", []field{list("a", 1, "one", "two"), text("b", 4, "x")}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := readFrontMatter(test.in)
			if err != nil || !cmp.Equal(got, test.want, cmp.AllowUnexported(field{})) {
				t.Errorf("%v\n%s", err, cmp.Diff(test.want, got, cmp.AllowUnexported(field{})))
			}
		})
	}
}

func TestFrontMatterFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"no key":     {"a: x\nwords", "line 2: not of the form"},
		"no blank":   {"a:x", "line 1: not of the form"},
		"item":       {"- a: x", "line 1: not of the form"},
		"indented":   {"  a: x", "line 1: not of the form"},
		"twice":      {"a: x\nb: y\na: z", "line 3: a is there twice"},
		"open quote": {`a: "x`, "line 1: a: the quotes"},
		"open tick":  {"a: 'x", "line 1: a: the quotes"},
		"after it":   {`a: "x" y`, "line 1: a: the quotes"},
		"open list":  {"a: [x,\n y]", "line 1: a: a list must end"},
		"mapping":    {"a: {b: c}", "line 1: a: a text that begins with {"},
		"alias":      {"a:\n  - *b", "line 1: a: a text that begins with *"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got, err := readFrontMatter(test.in); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%+v, %v", got, err)
			}
		})
	}
}
