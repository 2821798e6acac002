package main

import (
	"slices"
	"strings"
	"testing"
)

func TestNarrow(t *testing.T) {
	t.Parallel()
	header := []string{"NAME", "SIZE", "PATH"}
	rows := [][]string{{"äpfel", "12345678", "/a/long/path"}} // 5 + 2 + 8 + 2 + 12 = 29
	for _, test := range []struct {
		name       string
		width      int
		spare      string
		head, left string
	}{
		{"fits", 29, "PATH SIZE", "NAME SIZE PATH", ""},
		{"one cell too few", 28, "PATH SIZE", "NAME SIZE", "PATH"},
		{"in the order given", 28, "SIZE PATH", "NAME PATH", "SIZE"},
		{"all that is spare", 3, "PATH SIZE", "NAME", "PATH SIZE"},
		{"nothing spare", 3, "", "NAME SIZE PATH", ""},
		{"no such column", 3, "AGE", "NAME SIZE PATH", ""},
		{"unknown width", 0, "PATH", "NAME SIZE PATH", ""},
	} {
		head, body, left := narrow(header, rows, strings.Fields(test.spare), test.width)
		if strings.Join(head, " ") != test.head || strings.Join(left, " ") != test.left {
			t.Errorf("%s: columns %q, left out %q", test.name, head, left)
		}
		for i, name := range head {
			if body[0][i] != rows[0][slices.Index(header, name)] {
				t.Errorf("%s: %s holds %q", test.name, name, body[0][i])
			}
		}
	}
	if len(header) != 3 || len(rows[0]) != 3 {
		t.Error("the caller's table was changed")
	}
}

func TestCutTitles(t *testing.T) {
	t.Parallel()
	for width, want := range map[int]string{0: "a title of some length", 30: "a title of some length", 29: "a title of some leng…", 10: "a title of …"} {
		rows := [][]string{{"id-123", "a title of some length"}, {"id", "short"}}
		cutTitles([]string{"ID", titleColumn}, rows, width)
		if rows[0][1] != want || rows[1][1] != "short" {
			t.Errorf("%d columns: %q", width, rows)
		}
	}
	rows := [][]string{{"id", "/a/long/path/that/stays"}}
	cutTitles([]string{"ID", "PATH"}, rows, 10)
	if rows[0][1] != "/a/long/path/that/stays" {
		t.Errorf("%q", rows)
	}
}
