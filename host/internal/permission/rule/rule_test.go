package rule

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"bash":                  "bash",
		" read ":                "read",
		"bash(git *)":           "bash(git *)",
		"bash( npm test )":      "bash(npm test)",
		"write(src/**)":         "write(src/**)",
		"edit(~/notes/*.md)":    "edit(~/notes/*.md)",
		"bash(echo '(a)')":      "bash(echo '(a)')",
		"bash(f(x))":            "bash(f(x))",
		`bash(git commit -m *)`: "bash(git commit -m *)",
	} {
		r, err := Parse(text)
		if err != nil || r.String() != want {
			t.Errorf("%q: %q, %v; want %q", text, r, err, want)
		}
	}
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                  "it names no tool",
		"(git *)":           "it names no tool",
		"bsh(git *)":        `there is no tool "bsh"; the tools are bash, edit, glob, grep, read, write; did you mean bash?`,
		"Write(x)":          "did you mean write?",
		"shell(git:*)":      `there is no tool "shell"`,
		"bash(git *":        "the closing parenthesis is missing",
		"bash(git) more":    "the closing parenthesis is missing",
		"bash()":            "nothing stands in the parentheses; bash alone means every call",
		"write( )":          "nothing stands in the parentheses",
		"write([a)":         `"[a" is no pattern of paths`,
		"bash(*)":           "does not begin with a program's name",
		"bash(git 'a)":      "a quotation mark is not closed",
		`bash(git \)`:       "a backslash stands at the end",
		"bash(git && ls)":   "it holds an operator of the shell",
		"bash(git\nstatus)": "a line break",
	} {
		_, err := Parse(text)
		var fault *SyntaxError
		if !errors.As(err, &fault) || !strings.Contains(fault.Error(), want) || !strings.Contains(fault.Error(), "; for example ") {
			t.Errorf("%q: %v; want %q", text, err, want)
			continue
		}
		if _, err := Parse(fault.Example); err != nil {
			t.Errorf("the example of %q: %v", text, err)
		}
	}
}

func TestWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, text string
		want          bool
	}{
		{"git", "git", true},
		{"git", "gitx", false},
		{"test:*", "test:unit", true},
		{"test:*", "tests", false},
		{"*.go", "a/b.go", true},
		{"a*b*c", "aXbYc", true},
		{"a*b*c", "acb", false},
		{"a*a", "a", false},
		{"a**b", "ab", true},
		{"'*'", "*", true},
		{"'*'", "x", false},
		{`\*`, "*", true},
		{`\*`, "x", false},
		{`"a b"`, "a b", true},
		{`''`, "", true},
	}
	for _, test := range tests {
		words, err := parseWords("p " + test.pattern)
		if err != nil || len(words) != 2 {
			t.Errorf("%s: %v, %v", test.pattern, words, err)
			continue
		}
		if got := words[1].Match(test.text); got != test.want || words[1].Any {
			t.Errorf("%s and %q: %v", test.pattern, test.text, got)
		}
	}
	words, _ := parseWords("git * x")
	if text, ok := words[0].Literal(); !ok || text != "git" || !words[1].Any {
		t.Errorf("%+v", words)
	}
}

func TestSplit(t *testing.T) {
	t.Parallel()
	got := Split("bash(a, b), write(src/{a,b}/**),, read ")
	if want := []string{"bash(a, b)", "write(src/{a,b}/**)", "read"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// What was read can be written and read again, and a quoted word matches itself.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"bash(git *)", "write(src/**)", "read", "bash('a b' \\* \"c\")", "x(", "bash(a*b*)", "edit([", ")("} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, item := range Split(text) {
			_, _ = Parse(item)
		}
		r, err := Parse(text)
		if err != nil {
			if !strings.Contains(err.Error(), "for example") {
				t.Errorf("no example: %v", err)
			}
			return
		}
		again, err := Parse(r.String())
		if err != nil || again.String() != r.String() || len(again.Words) != len(r.Words) {
			t.Errorf("%q became %q: %v", text, r, err)
		}
		if strings.ContainsAny(text, "\x00\n\r") {
			return
		}
		if words, err := parseWords("p " + Quote(text)); err != nil || len(words) != 2 || !words[1].Match(text) {
			t.Errorf("Quote(%q) = %s: %v", text, Quote(text), err)
		}
	})
}
