package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var link = regexp.MustCompile(`\]\(([^)#\s]+)[^)]*\)`)

// TestLinks follows the links between our own pages.
func TestLinks(t *testing.T) {
	t.Parallel()
	found := 0
	for _, page := range pages(t) {
		for _, match := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(match[1], "://") {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), match[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, match[1])
			}
		}
	}
	if found == 0 {
		t.Error("no link was found: the test looks in the wrong place")
	}
}

// TestDecisionsAreListed keeps the index of the decisions whole.
func TestDecisionsAreListed(t *testing.T) {
	t.Parallel()
	folder := filepath.Join(root, "docs", "adr")
	index := read(t, filepath.Join(folder, "README.md"))
	decisions, err := filepath.Glob(filepath.Join(folder, "[0-9]*.md"))
	if err != nil || len(decisions) == 0 {
		t.Fatalf("%d decisions: %v", len(decisions), err)
	}
	for _, path := range decisions {
		title, _, _ := strings.Cut(strings.TrimPrefix(read(t, path), "# "), "\n")
		number, what, _ := strings.Cut(title, " ")
		if !strings.HasPrefix(filepath.Base(path), number+"-") {
			t.Errorf("%s calls itself %s", path, number)
		}
		if row := "| " + number + " | [" + what + "](" + filepath.Base(path) + ") |"; !strings.Contains(index, row) {
			t.Errorf("docs/adr/README.md lacks\n%s", row)
		}
	}
}

// pages are README, CONTRIBUTING and what lies below docs.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(root, "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	err = filepath.WalkDir(filepath.Join(root, "docs"), func(path string, _ fs.DirEntry, err error) error {
		if filepath.Ext(path) == ".md" {
			found = append(found, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
