package ignore

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The cases are those of git's own table (t3070) for matching whole paths.
func TestWildmatch(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		want          bool
		text, pattern string
	}{
		{true, "foo", "foo"},
		{false, "foo", "bar"},
		{true, "", ""},
		{true, "foo", "???"},
		{false, "foo", "??"},
		{true, "foo", "*"},
		{true, "foo", "f*"},
		{false, "foo", "*f"},
		{true, "foo", "*foo*"},
		{true, "foobar", "*ob*a*r*"},
		{true, "aaaaaaabababab", "*ab"},
		{true, "foo*", `foo\*`},
		{false, "foobar", `foo\*bar`},
		{true, `f\oo`, `f\\oo`},
		{true, "ball", "*[al]?"},
		{false, "ten", "[ten]"},
		{true, "ten", "**[!te]"},
		{false, "ten", "**[!ten]"},
		{true, "ten", "t[a-g]n"},
		{false, "ten", "t[!a-g]n"},
		{true, "ton", "t[!a-g]n"},
		{true, "ton", "t[^a-g]n"},
		{true, "a]b", "a[]]b"},
		{true, "a-b", "a[]-]b"},
		{true, "a]b", "a[]-]b"},
		{false, "aab", "a[]-]b"},
		{true, "aab", "a[]a-]b"},
		{true, "]", "]"},
		{false, "foo/baz/bar", "foo*bar"},
		{false, "foo/baz/bar", "foo**bar"},
		{true, "foobazbar", "foo**bar"},
		{true, "foo/baz/bar", "foo/**/bar"},
		{true, "foo/baz/bar", "foo/**/**/bar"},
		{true, "foo/b/a/z/bar", "foo/**/bar"},
		{true, "foo/b/a/z/bar", "foo/**/**/bar"},
		{true, "foo/bar", "foo/**/bar"},
		{true, "foo/bar", "foo/**/**/bar"},
		{false, "foo/bar", "foo?bar"},
		{false, "foo/bar", "foo[/]bar"},
		{false, "foo/bar", "foo[^a-z]bar"},
		{false, "foo/bar", "f[^eiu][^eiu][^eiu][^eiu][^eiu]r"},
		{true, "foo-bar", "f[^eiu][^eiu][^eiu][^eiu][^eiu]r"},
		{true, "foo", "**/foo"},
		{true, "XXX/foo", "**/foo"},
		{true, "bar/baz/foo", "**/foo"},
		{false, "bar/baz/foo", "*/foo"},
		{false, "foo/bar/baz", "**/bar*"},
		{true, "deep/foo/bar/baz", "**/bar/*"},
		{false, "deep/foo/bar/baz/", "**/bar/*"},
		{true, "deep/foo/bar/baz/", "**/bar/**"},
		{false, "deep/foo/bar", "**/bar/*"},
		{true, "deep/foo/bar/", "**/bar/**"},
		{false, "foo/bar/baz", "**/bar**"},
		{true, "foo/bar/baz/x", "*/bar/**"},
		{false, "deep/foo/bar/baz/x", "*/bar/**"},
		{true, "deep/foo/bar/baz/x", "**/bar/*/*"},
		{false, "acrt", "a[c-c]st"},
		{true, "acrt", "a[c-c]rt"},
		{false, "]", "[!]-]"},
		{true, "a", "[!]-]"},
		{false, "", `\`},
		{false, `XXX/\`, `*/\`},
		{true, `XXX/\`, `*/\\`},
		{true, "@foo", "@foo"},
		{false, "foo", "@foo"},
		{true, "[ab]", `\[ab]`},
		{true, "[ab]", "[[]ab]"},
		{true, "[ab]", "[[:]ab]"},
		{false, "[ab]", "[[::]ab]"},
		{true, "[ab]", "[[:digit]ab]"},
		{true, "[ab]", `[\[:]ab]`},
		{true, "?a?b", `\??\?b`},
		{true, "abc", `\a\b\c`},
		{false, "foo", ""},
		{true, "foo/bar/baz/to", "**/t[o]"},
		{true, "a1B", "[[:alpha:]][[:digit:]][[:upper:]]"},
		{false, "a", "[[:digit:][:upper:][:space:]]"},
		{true, "A", "[[:digit:][:upper:][:space:]]"},
		{true, "1", "[[:digit:][:upper:][:space:]]"},
		{false, "1", "[[:digit:][:upper:][:spaci:]]"},
		{true, " ", "[[:digit:][:upper:][:space:]]"},
		{false, ".", "[[:digit:][:upper:][:space:]]"},
		{true, ".", "[[:digit:][:punct:][:space:]]"},
		{true, "5", "[[:xdigit:]]"},
		{true, "f", "[[:xdigit:]]"},
		{true, "D", "[[:xdigit:]]"},
		{true, "_", "[[:alnum:][:alpha:][:blank:][:cntrl:][:digit:][:graph:][:lower:][:print:][:punct:][:space:][:upper:][:xdigit:]]"},
		{true, ".", "[^[:alnum:][:alpha:][:blank:][:cntrl:][:digit:][:lower:][:space:][:upper:][:xdigit:]]"},
		{true, "5", "[a-c[:digit:]x-z]"},
		{true, "b", "[a-c[:digit:]x-z]"},
		{true, "y", "[a-c[:digit:]x-z]"},
		{false, "q", "[a-c[:digit:]x-z]"},
		{true, "]", `[\\-^]`},
		{false, "[", `[\\-^]`},
		{true, "-", `[\-_]`},
		{true, "]", `[\]]`},
		{false, `\]`, `[\]]`},
		{false, `\`, `[\]]`},
		{false, "ab", "a[]b"},
		{false, "ab", "[!"},
		{false, "ab", "[-"},
		{true, "-", "[-]"},
		{false, "-", "[a-"},
		{false, "-", "[!a-"},
		{true, "-", "[--A]"},
		{true, "5", "[--A]"},
		{true, " ", "[ --]"},
		{true, "$", "[ --]"},
		{true, "-", "[ --]"},
		{false, "0", "[ --]"},
		{true, "-", "[---]"},
		{true, "-", "[------]"},
		{false, "j", "[a-e-n]"},
		{true, "-", "[a-e-n]"},
		{true, "a", "[!------]"},
		{false, "[", "[]-a]"},
		{true, "^", "[]-a]"},
		{false, "^", "[!]-a]"},
		{true, "[", "[!]-a]"},
		{true, "^", "[a^bc]"},
		{true, "-b]", "[a-]b]"},
		{false, `\`, `[\]`},
		{true, `\`, `[\\]`},
		{false, `\`, `[!\\]`},
		{true, "G", `[A-\\]`},
		{false, "aaabbb", "b*a"},
		{false, "aabcaa", "*ba*"},
		{true, ",", "[,]"},
		{true, ",", `[\\,]`},
		{true, `\`, `[\\,]`},
		{true, "-", "[,-.]"},
		{false, "+", "[,-.]"},
		{false, "-.]", "[,-.]"},
		{true, "2", `[\1-\3]`},
		{true, "3", `[\1-\3]`},
		{false, "4", `[\1-\3]`},
		{true, `\`, `[[-\]]`},
		{true, "[", `[[-\]]`},
		{true, "]", `[[-\]]`},
		{false, "-", `[[-\]]`},
		{true, "-adobe-courier-bold-o-normal--12-120-75-75-m-70-iso8859-1", "-*-*-*-*-*-*-12-*-*-*-m-*-*-*"},
		{false, "-adobe-courier-bold-o-normal--12-120-75-75-X-70-iso8859-1", "-*-*-*-*-*-*-12-*-*-*-m-*-*-*"},
		{true, "XXX/adobe/courier/bold/o/normal//12/120/75/75/m/70/iso8859/1", "XXX/*/*/*/*/*/*/12/*/*/*/m/*/*/*"},
		{true, "abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txt", "**/*a*b*g*n*t"},
		{false, "abcd/abcdefg/abcdefghijk/abcdefghijklmnop.txtz", "**/*a*b*g*n*t"},
		{false, "foo", "*/*/*"},
		{false, "foo/bar", "*/*/*"},
		{true, "foo/bba/arr", "*/*/*"},
		{false, "foo/bb/aa/rr", "*/*/*"},
		{true, "foo/bb/aa/rr", "**/**/**"},
		{true, "abcXdefXghi", "*X*i"},
		{false, "ab/cXd/efXg/hi", "*X*i"},
		{true, "ab/cXd/efXg/hi", "*/*X*/*/*i"},
		{true, "ab/cXd/efXg/hi", "**/*X*/**/*i"},
	} {
		if got := Wildmatch(test.pattern, test.text); got != test.want {
			t.Errorf("Wildmatch(%q, %q) = %v", test.pattern, test.text, got)
		}
	}
}

func FuzzWildmatch(f *testing.F) {
	f.Add("**/[!a-z]*?", "a/b/C1")
	f.Add(`a\`, "a")
	f.Add(strings.Repeat("*a", 40), strings.Repeat("a", 60))
	f.Fuzz(func(_ *testing.T, pattern, text string) {
		Wildmatch(pattern, text)
		parsePatterns(pattern)
	})
}

// tree makes a repository with files and ignore files.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func walked(t *testing.T, root string, options Options) []string {
	t.Helper()
	var names []string
	err := Walk(t.Context(), root, options, func(e Entry) error {
		names = append(names, e.Rel)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	return names
}

var sample = map[string]string{
	".gitignore": "*.log\n/only-top\nbuild/\n!keep.log\n# comment\n\\#literal\n\\!bang\ntrailing   \nspace\\ \ndoc/*.txt\nany/**/deep\n**/both/x\nweird[ab]\n*.tmp\n!a/b/*.tmp\nexcluded\n!excluded/back\nCRLF\r\n",
	"a.log":      "", "keep.log": "", "only-top": "", "sub/only-top": "", "build/x": "", "sub/build/y": "", "sub2/build": "", "#literal": "", "!bang": "",
	"trailing": "", "space ": "", "doc/a.txt": "", "doc/sub/a.txt": "", "sub/doc/a.txt": "", "any/deep": "", "any/x/y/deep": "", "both/x": "", "q/both/x": "",
	"weirda": "", "weirdc": "", "a/b/c.tmp": "", "a/c.tmp": "", "excluded/back": "", "excluded/other": "", "CRLF": "", "plain.go": "",
	"sub/.gitignore": "!*.log\n/local\nx/y\n", "sub/z.log": "", "sub/local": "", "sub/deep/local": "", "sub/x/y": "", "sub/q/x/y": "", "sub/deep/.gitignore": "*\n!me\n", "sub/deep/me": "", "sub/deep/not": "",
	".hidden/x": "", ".github/w.yml": "", "unicode-ü.log": "", "info-excluded": "", "user-excluded": "",
}

// What is left out must be what git leaves out.
func TestWalkAgreesWithGit(t *testing.T) {
	t.Parallel()
	git, err := exec.LookPath("git")
	if err != nil {
		t.Skip("git is not installed")
	}
	dir := tree(t, sample)
	home := t.TempDir()
	for path, content := range map[string]string{
		home + "/.gitconfig": "[user]\n\tname = x\n[core]\n\texcludesFile = ~/global\n", home + "/global": "user-excluded\n",
	} {
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	for _, command := range [][]string{{"init", "-q"}, {"ls-files", "--others", "--exclude-standard", "-z"}} {
		if command[0] == "ls-files" {
			if err := os.WriteFile(dir+"/.git/info/exclude", []byte("info-excluded\n"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		cmd := exec.CommandContext(t.Context(), git, command...)
		cmd.Dir, cmd.Env = dir, env
		out, err := cmd.Output()
		if err != nil {
			t.Fatal(err)
		}
		if command[0] == "init" {
			continue
		}
		want := strings.Split(strings.TrimRight(string(out), "\x00"), "\x00")
		slices.Sort(want)
		got := walked(t, dir, Options{Hidden: true, UserHome: home})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("git, walk:\n%s", diff)
		}
		var below []string
		for _, name := range want {
			if rest, ok := strings.CutPrefix(name, "sub/"); ok {
				below = append(below, rest)
			}
		}
		if diff := cmp.Diff(below, walked(t, dir+"/sub", Options{Hidden: true, UserHome: home})); diff != "" {
			t.Errorf("below: git, walk:\n%s", diff)
		}
	}
}

func TestWalkOtherIgnoreFiles(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		".gitignore": "git-only\nboth\n", ".ignore": "ignored\n!both\n", ".jcodeignore": "!ignored-not\nmine\n",
		"git-only": "", "both": "", "ignored": "", "mine": "", "plain": "", ".dot": "", ".git/config": "", "sub/mine": "",
	})
	for _, test := range []struct {
		name    string
		options Options
		want    []string
	}{
		{"default", Options{}, []string{"both", "plain"}},
		{"hidden", Options{Hidden: true}, []string{".dot", ".gitignore", ".ignore", ".jcodeignore", "both", "plain"}},
		{"no ignore", Options{NoIgnore: true}, []string{"both", "git-only", "ignored", "mine", "plain", "sub/mine"}},
	} {
		if diff := cmp.Diff(test.want, walked(t, dir, test.options)); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestWalkLinkedWorktree(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{
		"main/.git/info/exclude": "left-out\n", "main/.git/worktrees/w/commondir": "../..\n",
		"w/.git": "gitdir: ../main/.git/worktrees/w\n", "w/left-out": "", "w/in": "",
	})
	if diff := cmp.Diff([]string{"in"}, walked(t, dir+"/w", Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestWalkDoesNotFollowLinks(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"d/x": ""})
	if err := os.Symlink(".", dir+"/d/loop"); err != nil {
		t.Skip(err)
	}
	if diff := cmp.Diff([]string{"d/loop", "d/x"}, walked(t, dir, Options{})); diff != "" {
		t.Error(diff)
	}
}

func TestWalkEnds(t *testing.T) {
	t.Parallel()
	dir := tree(t, map[string]string{"a": "", "b": ""})
	stop := errors.New("stop")
	count := 0
	if err := Walk(t.Context(), dir, Options{}, func(Entry) error { count++; return stop }); !errors.Is(err, stop) || count != 1 {
		t.Errorf("%v after %d", err, count)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := Walk(ctx, dir, Options{}, func(Entry) error { return nil }); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
