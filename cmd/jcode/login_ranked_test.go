package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host"
)

func TestLoginChoiceIsRanked(t *testing.T) {
	t.Parallel()
	plugins := []host.Plugin{{Name: "acme", Rank: 50}, {Name: "best", Rank: 10}, {Name: "calm", Rank: 50}, {Name: "gone", Rank: 1}}
	if got := ranked([]string{"acme", "best", "calm"}, plugins); !slices.Equal(got, []string{"best", "acme", "calm"}) {
		t.Errorf("offered as %q", got)
	}
}

// An ellipsis is three bytes and one cell.
func TestHelpColumnsCountCells(t *testing.T) {
	t.Parallel()
	first, second, _ := strings.Cut(columns([][2]string{{"a|…", "one"}, {"abcde", "two"}}), "\n")
	if first != "  a|…    one" || second != "  abcde  two\n" {
		t.Errorf("%q\n%q", first, second)
	}
}
