package main

import (
	"strings"
	"testing"
	"unicode"
)

func TestCleanText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ in, want string }{
		"plain":                {"a\tb\nc", "a\tb\nc"},
		"letters of the world": {"über 日本 🙂", "über 日本 🙂"},
		"colour":               {"a\x1b[31mred\x1b[0mb", "aredb"},
		"title":                {"a\x1b]0;evil\ab", "ab"},
		"title, other end":     {"a\x1b]0;evil\x1b\\b", "ab"},
		"clipboard":            {"\x1b]52;c;ZXZpbA==\x1b\\ok", "ok"},
		"device string":        {"\x1bPq...\x1b\\x", "x"},
		"eight-bit sequence":   {"a\u009b31mb", "ab"},
		"charset":              {"a\x1b(0b", "ab"},
		"carriage return":      {"good\rbad\r\n", "goodbad\n"},
		"backspace, bell, del": {"a\b\a\x7fb", "ab"},
		"reordering":           {"a\u202eb\u2066c", "abc"},
		"never ending title":   {"a\x1b]0;no end\nb", "a\nb"},
		"lone escape":          {"a\x1b", "a"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := cleanText(test.in); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

func TestCleanerKeepsItsStateBetweenPieces(t *testing.T) {
	t.Parallel()
	const text = "a\x1b[31mred\x1b]0;title\x1b\\b"
	for cut := range len(text) {
		var c cleaner
		if got := c.clean(text[:cut]) + c.clean(text[cut:]); got != "aredb" {
			t.Errorf("cut at %d: %q", cut, got)
		}
	}
}

func TestCleanerGivesUpEndlessSequences(t *testing.T) {
	t.Parallel()
	got := cleanText("\x1b]0;" + strings.Repeat("x", 2*maxSequence) + "answer")
	if !strings.HasSuffix(got, "answer") {
		t.Errorf("the answer was swallowed: %d bytes left", len(got))
	}
}

func FuzzCleanText(f *testing.F) {
	f.Add("a\x1b[31mb", 2)
	f.Add("\u009d\u202e\x1b\x1b", 1)
	f.Fuzz(func(t *testing.T, text string, cut int) {
		if cut < 0 || cut > len(text) {
			return
		}
		var c cleaner
		for _, r := range c.clean(text[:cut]) + c.clean(text[cut:]) {
			if unicode.IsControl(r) && r != '\n' && r != '\t' || reorders(r) {
				t.Fatalf("%U came through", r)
			}
		}
	})
}

func TestFit(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		text  string
		width int
		want  string
	}{
		{"short", 10, "short"}, {"exactly", 7, "exactly"}, {"too long", 5, "too …"}, {"日本語", 4, "日…"},
	} {
		if got := fit(test.text, test.width); got != test.want || cells(got) > test.width {
			t.Errorf("fit(%q, %d) = %q", test.text, test.width, got)
		}
	}
}

// The quick answer for text that is one line already is the long one.
func TestOneLine(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("é", 501)
	tests := map[string]struct{ in, want string }{
		"nothing":       {"", ""},
		"words":         {"a b-c", "a b-c"},
		"a space first": {" a", "a"},
		"a space last":  {"a ", "a"},
		"only a space":  {" ", ""},
		"two spaces":    {"a  b", "a b"},
		"lines":         {"a\nb\r\n\tc", "a b c"},
		"a sequence":    {"a\x1b[31mb", "ab"},
		"DEL":           {"a\x7fb", "ab"},
		"not ASCII":     {"é ü", "é ü"},
		"500":           {strings.Repeat("x", 500), strings.Repeat("x", 500)},
		"501":           {strings.Repeat("x", 501), strings.Repeat("x", 499) + "…"},
		"501 runes":     {long, strings.Repeat("é", 499) + "…"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := oneLine(test.in); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}
