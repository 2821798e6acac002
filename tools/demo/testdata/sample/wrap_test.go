package wrap

import (
	"slices"
	"testing"
)

func TestLines(t *testing.T) {
	for _, tt := range []struct {
		name  string
		text  string
		width int
		want  []string
	}{
		{"nothing", "", 10, nil},
		{"one word", "hello", 10, []string{"hello"}},
		{"room to spare", "one two", 10, []string{"one two"}},
		{"exact fit", "one two", 7, []string{"one two"}},
		{"one too many", "one two", 6, []string{"one", "two"}},
		{"long word", "a extraordinary b", 5, []string{"a", "extraordinary", "b"}},
		{"white space", "  one \n\t two ", 9, []string{"one two"}},
		{"not ASCII", "für älter", 9, []string{"für älter"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := Lines(tt.text, tt.width); !slices.Equal(got, tt.want) {
				t.Errorf("Lines(%q, %d) = %q, want %q", tt.text, tt.width, got, tt.want)
			}
		})
	}
}

func TestIndent(t *testing.T) {
	if got, want := Indent([]string{"a", "b"}, "> "), "> a\n> b"; got != want {
		t.Errorf("Indent = %q, want %q", got, want)
	}
}

func TestParagraph(t *testing.T) {
	if got, want := Paragraph("one two three", "- ", 6), "- one\n- two\n- three"; got != want {
		t.Errorf("Paragraph = %q, want %q", got, want)
	}
}
