package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// docs/configuration.md has a row for every setting, with its default, its variable
// and its help, and says what a project may do with it.
func TestDocumentedSettings(t *testing.T) {
	t.Parallel()
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "configuration.md"))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(data), "\r\n", "\n")
	code := func(text string) string {
		if text == "" {
			return " "
		}
		return " `" + text + "` "
	}
	for _, known := range schema {
		row := fmt.Sprintf("| `%s` |%s|%s| ", known.key, code(known.standard), code(known.env))
		_, rest, found := strings.Cut(text, row)
		rest, _, _ = strings.Cut(rest, "\n")
		_, narrow := narrowings[known.key]
		project, _, _ := strings.Cut(rest, " | ")
		if !found || !strings.HasSuffix(rest, "| "+known.help+" |") || narrow == (project == "no") {
			t.Errorf("docs/configuration.md needs a row\n%s%s | %s |", row, map[bool]string{true: "stricter, lower or yes", false: "no"}[narrow], known.help)
		}
	}
	for key := range narrowings {
		if _, ok := lookup(key); !ok {
			t.Errorf("%s is no setting", key)
		}
	}
}
