package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	namedTest = regexp.MustCompile("`(Test[A-Za-z0-9]+)(?:/([a-z0-9_]+))?`")
	askRow    = regexp.MustCompile(`(?m)^\| \d+ \|`)
)

// TestAsksAreShown looks for every test that docs/asks.md names: a function, and for
// a subtest its name in the same file, or the script.
func TestAsksAreShown(t *testing.T) {
	t.Parallel()
	page := read(t, filepath.Join(root, "docs", "asks.md"))
	if n := len(askRow.FindAllString(page, -1)); n != 20 {
		t.Errorf("%d asks", n)
	}
	files := testFiles(t)
	named := namedTest.FindAllStringSubmatch(page, -1)
	if len(named) < 20 {
		t.Fatalf("%d tests are named", len(named))
	}
	for _, name := range named {
		if !isTested(files, name[1], name[2]) {
			t.Errorf("docs/asks.md names %s, which is not there", name[0])
		}
	}
	for row := range strings.Lines(page) {
		if askRow.MatchString(row) && !namedTest.MatchString(row) && !strings.Contains(row, "**not built**") {
			t.Errorf("no test: %s", row)
		}
	}
}

func isTested(files map[string]string, function, sub string) bool {
	for path, content := range files {
		if !strings.Contains(content, "func "+function+"(") {
			continue
		}
		if sub == "" || strings.Contains(content, `"`+sub+`"`) {
			return true
		}
		script := filepath.Join(filepath.Dir(path), "testdata", "script", sub+".txtar")
		if _, err := os.Stat(script); err == nil && function == "TestScript" {
			return true
		}
	}
	return false
}

// testFiles are the test files of all modules, by path.
func testFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != root {
			return filepath.SkipDir
		}
		if err == nil && strings.HasSuffix(path, "_test.go") {
			files[path] = read(t, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}
