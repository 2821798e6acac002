package tool

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"regexp/syntax"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// age makes files older, the first one named the newest.
func (f *fixture) age(names ...string) {
	f.t.Helper()
	for i, name := range names {
		when := time.Now().Add(-time.Duration(i+1) * time.Hour)
		if err := os.Chtimes(f.path(name), when, when); err != nil {
			f.t.Fatal(err)
		}
	}
}

func TestGlob(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for _, name := range []string{"a.go", "src/b.go", "src/deep/c.ts", "src/deep/d.tsx", "build/e.go", ".hid/f.go", "x/[1].go"} {
		f.put(name, "")
	}
	f.put(".gitignore", "build/\n")
	f.age("src/b.go", "a.go", "src/deep/d.tsx", "src/deep/c.ts", "x/[1].go")
	for _, test := range []struct {
		name  string
		input args
		want  string
	}{
		{"any depth", args{"pattern": "*.go"}, "3 files\nsrc/b.go\na.go\nx/[1].go\n"},
		{"bare name", args{"pattern": "b.go"}, "1 file\nsrc/b.go\n"},
		{"braces", args{"pattern": "**/*.{ts,tsx}"}, "2 files\nsrc/deep/d.tsx\nsrc/deep/c.ts\n"},
		{"folder only", args{"pattern": "src/*.go"}, "1 file\nsrc/b.go\n"},
		{"dot slash", args{"pattern": "./src/*.go"}, "1 file\nsrc/b.go\n"},
		{"path", args{"pattern": "*.go", "path": "src"}, "1 file\nsrc/b.go\n"},
		{"absolute", args{"pattern": f.dir + "/src/**/*.ts"}, "1 file\nsrc/deep/c.ts\n"},
		{"limit", args{"pattern": "*.go", "limit": "1"}, "showing 1 of 3 files\nsrc/b.go\n"},
		{"limit 0", args{"pattern": "*.go", "limit": 0}, "3 files\nsrc/b.go\na.go\nx/[1].go\n"},
		{"from above", args{"pattern": "../src/*.go", "path": "build"}, "1 file\nsrc/b.go\n"},
		{"from far above", args{"pattern": "../../" + filepath.Base(filepath.Dir(f.dir)) + "/work/src/*.go"}, "1 file\nsrc/b.go\n"},
		{"hidden by name", args{"pattern": ".hid/*.go"}, "1 file\n.hid/f.go\n"},
		{"hidden", args{"pattern": "f.go", "hidden": true}, "1 file\n.hid/f.go\n"},
		{"no ignore", args{"pattern": "e.go", "no_ignore": true}, "1 file\nbuild/e.go\n"},
		{"ignored", args{"pattern": "e.go"}, "no files match **/e.go in .; 1 match hidden by .gitignore or a leading dot: use no_ignore or hidden"},
		{"nothing", args{"pattern": "*.rs"}, "no files match **/*.rs in ."},
		{"class", args{"pattern": `x/\[1\].go`}, "1 file\nx/[1].go\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if got := f.ok("glob", test.input); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
	wantContains(t, f.fails(CodeInvalidInput, "glob", args{"pattern": "a[b"}), "not valid")
	wantContains(t, f.fails(CodeInvalidInput, "glob", args{"pattern": "src/../*.go"}), "give the folder as path")
	wantContains(t, f.fails(CodeNotFound, "glob", args{"pattern": "*", "path": "src/nope/x"}), "nearest folder that does is "+f.dir+"/src")
	f.fails(CodeInvalidInput, "glob", args{"pattern": "*", "path": "a.go"})
}

func TestGrep(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("a.go", "package a\n\nfunc Alpha() {}\n\nfunc beta() {}\n")
	f.put("src/b.ts", "const alpha = 1\r\nother\r\nlast alpha\r\n")
	f.put("src/c.md", "one\ntwo\nthree\nfour\nfive\nsix\nseven\n")
	f.put("ignored.go", "func Alpha\n")
	f.put(".hidden.go", "func Alpha\n")
	f.put("bin", "Alpha\x00")
	f.put("-dash", "-foo\n")
	f.put(".gitignore", "ignored.go\n")
	f.age("a.go", "src/b.ts", "src/c.md", "-dash", "bin")
	for _, test := range []struct {
		name  string
		input args
		want  string
	}{
		{"content", args{"pattern": "Alpha"}, "1 match in 1 file (4 files searched, 1 skipped: binary)\na.go\n  3: func Alpha() {}\n"},
		{"case", args{"pattern": "alpha", "-i": true}, "3 matches in 2 files (4 files searched, 1 skipped: binary)\na.go\n  3: func Alpha() {}\nsrc/b.ts\n  1: const alpha = 1\n  3: last alpha\n"},
		{"end of line with crlf", args{"pattern": "alpha$"}, "1 match in 1 file (4 files searched, 1 skipped: binary)\nsrc/b.ts\n  3: last alpha\n"},
		{"start of line", args{"pattern": "^func \\w+"}, "2 matches in 1 file (4 files searched, 1 skipped: binary)\na.go\n  3: func Alpha() {}\n  5: func beta() {}\n"},
		{"context", args{"pattern": "three|six", "-C": "1", "path": "src/c.md"}, "2 matches in 1 file (1 file searched)\nsrc/c.md\n  2- two\n  3: three\n  4- four\n  5- five\n  6: six\n  7- seven\n"},
		{"gap", args{"pattern": "one|six", "-B": 0, "-A": 1, "path": "src/c.md"}, "2 matches in 1 file (1 file searched)\nsrc/c.md\n  1: one\n  2- two\n  --\n  6: six\n  7- seven\n"},
		{"overlap", args{"pattern": "t", "context": 1, "path": "src/c.md"}, "2 matches in 1 file (1 file searched)\nsrc/c.md\n  1- one\n  2: two\n  3: three\n  4- four\n"},
		{"files", args{"pattern": "(?i)alpha", "output_mode": "files_with_matches"}, "3 matches in 2 files (4 files searched, 1 skipped: binary)\na.go\nsrc/b.ts\n"},
		{"count", args{"pattern": "(?i)alpha", "output_mode": "count"}, "3 matches in 2 files (4 files searched, 1 skipped: binary)\na.go: 1\nsrc/b.ts: 2\n"},
		{"glob", args{"pattern": "a", "glob": "*.{ts,md}", "output_mode": "files"}, "2 matches in 1 file (2 files searched)\nsrc/b.ts\n"},
		{"include", args{"pattern": "Alpha", "include": "*.go"}, "1 match in 1 file (1 file searched)\na.go\n  3: func Alpha() {}\n"},
		{"not glob", args{"pattern": "(?i)alpha", "glob": "!*.go", "output_mode": "files"}, "2 matches in 1 file (3 files searched, 1 skipped: binary)\nsrc/b.ts\n"},
		{"type", args{"pattern": "Alpha", "type": "go", "no_ignore": true, "hidden": true, "output_mode": "count"}, "3 matches in 3 files (3 files searched)\n"},
		{"literal", args{"pattern": "Alpha() {", "literal": true}, "1 match in 1 file (4 files searched, 1 skipped: binary)\na.go\n  3: func Alpha() {}\n"},
		{"dash", args{"pattern": "-foo"}, "1 match in 1 file (4 files searched, 1 skipped: binary)\n-dash\n  1: -foo\n"},
		{"no numbers", args{"pattern": "Alpha", "-n": false}, "1 match in 1 file (4 files searched, 1 skipped: binary)\na.go\n  func Alpha() {}\n"},
		{"multiline", args{"pattern": `two.*?four`, "multiline": true}, "1 match in 1 file (4 files searched, 1 skipped: binary)\nsrc/c.md\n  2: two\n  3: three\n  4: four\n"},
		{"nothing", args{"pattern": "zzz"}, "no matches (4 files searched, 1 skipped: binary)\n"},
		{"limit", args{"pattern": "func", "limit": 1}, "2 matches in 1 file (4 files searched, 1 skipped: binary)\na.go\n  3: func Alpha() {}\n[1 of 2 shown; narrow the pattern or path, or raise limit]"},
		{"one file by name", args{"pattern": "Alpha", "path": "ignored.go"}, "1 match in 1 file (1 file searched)\nignored.go\n  1: func Alpha\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			got := f.ok("grep", test.input)
			if test.name == "type" {
				got = got[:min(len(got), len(test.want))] // of the same age
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	for pattern, want := range map[string]string{
		"(?=x)": "RE2 has no look-ahead", "(?<!x)y": "look-behind", `(a)\1`: "back-references", "a(b": "missing closing", "": "empty",
	} {
		wantContains(t, f.fails(CodeInvalidInput, "grep", args{"pattern": pattern}), want)
	}
	wantContains(t, f.fails(CodeInvalidInput, "grep", args{"pattern": "x", "type": "klingon"}), "the types are: c, cpp")
	wantContains(t, f.fails(CodeInvalidInput, "grep", args{"pattern": "x", "output_mode": "nice"}), "content, files, count")
	f.fails(CodeInvalidInput, "grep", args{"pattern": "x", "glob": "a["})
}

func TestGrepCutsLongLines(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", strings.Repeat("ä", 5000)+"NEEDLE"+strings.Repeat("ö", 5000)+"\n")
	text := f.ok("grep", args{"pattern": "NEEDLE"})
	wantContains(t, text, "…ä", "äNEEDLEö", "ö…")
	if n := len([]rune(text)); n > 600 {
		t.Errorf("%d characters", n)
	}
}

func TestGrepSkipsLargeFiles(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("big", strings.Repeat("0123456789\n", 1_000_000)+"needle\n")
	wantContains(t, f.ok("grep", args{"pattern": "needle"}), "no matches (0 files searched, 1 skipped: over 10 MB)")
	wantContains(t, f.ok("grep", args{"pattern": "needle", "path": "big"}), "1000001: needle")
}

func TestGrepPermissions(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) {
		c.Authorizer = refuse(func(a Access) string {
			if strings.HasSuffix(a.Path, "secret") {
				return "secret"
			}
			return ""
		})
	})
	f.put("secret", "needle\n")
	f.put("open", "needle\n")
	wantContains(t, f.ok("grep", args{"pattern": "needle"}), "1 match in 1 file (1 file searched, 1 skipped: not permitted)")
	f.fails(CodeDenied, "grep", args{"pattern": "needle", "path": "secret"})
}

func TestSearchesStopWhenCancelled(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	for i := range 200 {
		f.put(fmt.Sprintf("d%d/x", i), "x\n")
	}
	ctx, cancel := context.WithCancel(t.Context())
	calls := 0
	f.bench.Authorizer = refuse(func(Access) string {
		if calls++; calls == 2 {
			cancel()
		}
		return ""
	})
	if result := f.runIn(ctx, "grep", args{"pattern": "x", "path": "."}); result.Code != CodeCancelled && calls < 2 {
		t.Errorf("%+v", result)
	}
}

// The prefilter must never lose a match.
func TestPrefilter(t *testing.T) {
	t.Parallel()
	for pattern, want := range map[string]string{
		`\w+Handler\b`: "Handler", `foo|barbaz`: "foo barbaz", `a*`: "", `(?:abc)+x`: "abc", `x?yz`: "yz", `[abc]`: "", `(foo){2,}`: "foo", `(foo)*bar`: "bar",
		`a.*longest.*b`: "longest", `^func (\w+)`: "func ", `(?i)alphabet`: "alphabet", `(?i)task`: "", `.`: "", `(a|)b`: "b", `a|b|c|d|e|f|g|h|i`: "",
	} {
		parsed, err := syntax.Parse(pattern, syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if filter := newPrefilter(parsed); filter != nil {
			got = string(bytes.Join(filter.literals, []byte(" ")))
		}
		if got != want {
			t.Errorf("%s: %q, want %q", pattern, got, want)
		}
	}
}

func FuzzGrep(f *testing.F) {
	f.Add(`\w+Handler\b`, "x\nMyHandler y\r\nhandler\n", false)
	f.Add(`(?i)STRASSE|ſ`, "straſſe\nSTRASSE\nK\n", true)
	f.Add(`a(b|cd)+e?`, "abcd\nab\n\nacdcde", false)
	f.Fuzz(func(t *testing.T, pattern, text string, fold bool) {
		if fold {
			pattern = "(?i)" + pattern
		}
		re, err := regexp.Compile(pattern)
		if err != nil || len(text) > 1000 {
			return
		}
		query := &grepQuery{re: re, mode: "content"}
		if parsed, err := syntax.Parse(pattern, syntax.Perl); err == nil {
			query.filter = newPrefilter(parsed)
		}
		g := grepper{query: query}
		found := g.search([]byte(text), 1<<30)
		var want []int
		for i, line := range splitLines(text) {
			if re.MatchString(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")) {
				want = append(want, i+1)
			}
		}
		var got []int
		for _, line := range found.lines {
			got = append(got, line.number)
		}
		if diff := cmp.Diff(want, got); diff != "" || found.count != len(want) {
			t.Errorf("%q in %q: %s", pattern, text, diff)
		}
	})
}

func FuzzMultiline(f *testing.F) {
	f.Add(`a.*?b`, "a\nb\nab\n")
	f.Add(``, "\n\n")
	f.Add(`$`, "x")
	f.Fuzz(func(t *testing.T, pattern, text string) {
		re, err := regexp.Compile("(?ms)" + pattern)
		if err != nil || len(text) > 1000 {
			return
		}
		g := grepper{query: &grepQuery{re: re, mode: "content", multiline: true, before: 1, after: 1}}
		found := g.search([]byte(text), 1<<30)
		last := 0
		for _, line := range found.lines {
			if line.number <= last {
				t.Fatalf("line %d after %d", line.number, last)
			}
			last = line.number
		}
	})
}

func TestTodos(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if got := f.ok("todoread", nil); got != "no todos" {
		t.Error(got)
	}
	text := f.ok("todowrite", args{"todos": []args{
		{"content": "first", "status": "in_progress", "activeForm": "doing"}, {"content": " second ", "status": "pending", "priority": "high", "id": 7}, {"content": "third", "status": "pending"},
	}})
	wantContains(t, text, "3 tasks, 2 pending, 1 in progress\n", "[>] 1 first\n", "[ ] 7 second (high)\n", "[ ] 2 third\n", "now: first\n")
	want := []Todo{{"1", "first", "in_progress", "medium", "doing"}, {"7", "second", "pending", "high", ""}, {"2", "third", "pending", "medium", ""}}
	if diff := cmp.Diff(want, f.bench.Todos.Todos()); diff != "" {
		t.Error(diff)
	}
	text = f.ok("todowrite", args{"todos": `[{"id":"1","content":"first","status":"completed"},{"id":"7","content":"second","status":"pending","priority":"high"}]`})
	if want := "2 tasks, 1 pending, 1 completed\n[x] 1 first\nremoved: third\nnext: second\n"; text != want {
		t.Errorf("%q", text)
	}
	wantContains(t, f.ok("todoread", nil), "[x] 1 first\n[ ] 7 second (high)\nnext: second")
	wantContains(t, f.ok("todowrite", args{"todos": []args{{"content": "a", "status": "in_progress"}, {"content": "b", "status": "in_progress"}}}), "warning: 2 tasks")
	for want, todos := range map[string]any{
		"content is empty":    []args{{"content": " ", "status": "pending"}},
		"status is \"done\"":  []args{{"content": "x", "status": "done"}},
		"priority is \"top\"": []args{{"content": "x", "status": "pending", "priority": "top"}},
		"used twice":          []args{{"content": "x", "status": "pending", "id": "a"}, {"content": "y", "status": "pending", "id": "a"}},
		"more than 500":       []args{{"content": strings.Repeat("x", 501), "status": "pending"}},
		"must be an object":   []any{1},
		"too many":            make([]args, 101),
		"type array":          "x",
	} {
		wantContains(t, f.fails(CodeInvalidInput, "todowrite", args{"todos": todos}), want)
	}
	if n := len(f.bench.Todos.Todos()); n != 2 {
		t.Errorf("%d tasks after the errors", n)
	}
}

func TestDiff(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, before, after, want string }{
		{"middle", "a\nb\nc\nd\ne\nf\ng\nh\ni\n", "a\nb\nc\nd\nE\nf\ng\nh\ni\n", "@@ -2,7 +2,7 @@\n b\n c\n d\n-e\n+E\n f\n g\n h\n"},
		{"new", "", "a\n", "@@ -0,0 +1 @@\n+a\n"},
		{"added at the end", "a\n", "a\nb\n", "@@ -1 +1,2 @@\n a\n+b\n"},
		{"repeated", "a\na\n", "a\na\na\n", "@@ -1,2 +1,3 @@\n a\n a\n+a\n"},
		{"no final newline", "a\nb", "a\nc", "@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n\\ No newline at end of file\n"},
		{"all gone", "a\nb\n", "", "@@ -1,2 +0,0 @@\n-a\n-b\n"},
	} {
		diff, added, removed := unifiedDiff("f", test.before, test.after)
		if got := shortDiff(diff, 60); got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
		if added != strings.Count(test.want, "\n+") || removed != strings.Count(test.want, "\n-") {
			t.Errorf("%s: +%d -%d", test.name, added, removed)
		}
	}
	diff, _, _ := unifiedDiff("f", numbers(1, 100), "")
	wantContains(t, shortDiff(diff, 60), "… 41 more lines of diff")
}
