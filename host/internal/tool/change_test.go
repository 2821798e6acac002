package tool

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestWrite(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	result := f.run("write", args{"file_path": "a/b/new.txt", "content": "one\ntwo\n"})
	wantContains(t, result.Text(), "created a/b/new.txt: 2 lines")
	if f.get("a/b/new.txt") != "one\ntwo\n" || len(result.FilesChanged) != 1 || !strings.Contains(result.Diff, "+one\n") {
		t.Errorf("%+v", result)
	}
	text := f.ok("write", args{"file_path": "a/b/new.txt", "content": "one\n2\n"})
	wantContains(t, text, "+1 −1 lines", "-two\n+2\n")
	wantContains(t, f.ok("write", args{"file_path": "a/b/new.txt", "content": "one\n2\n"}), "no change")
	f.put("old", "x\n")
	wantContains(t, f.fails(CodeNotRead, "write", args{"file_path": "old", "content": "y\n"}), "read it first")
	f.ok("read", args{"file_path": "old"})
	f.put("old", "changed\n")
	f.fails(CodeStale, "write", args{"file_path": "old", "content": "y\n"})
	if f.get("old") != "changed\n" {
		t.Error("it was overwritten")
	}
	f.put("empty", "")
	f.ok("write", args{"file_path": "empty", "content": "x"})
	f.fails(CodeInvalidInput, "write", args{"file_path": " ", "content": "x"})
	f.fails(CodeInvalidInput, "write", args{"file_path": "a", "content": "x"})
	wantContains(t, f.ok("write", args{"file_path": "s.sh", "content": "#!/bin/sh\n"}), "chmod +x")
}

func TestWriteTouchedIsNotStale(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.put("x", "one\n")
	f.ok("read", args{"file_path": "x"})
	if err := os.Chtimes(path, time.Now(), time.Now().Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	f.ok("write", args{"file_path": "x", "content": "two\n"})
}

// A later run of a session knows what the model has read, but not what was
// changed since.
func TestSeenInAnEarlierRun(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("same", "one\n")
	f.put("changed", "one\n")
	f.put("unread", "one\n")
	f.ok("read", args{"file_path": "same"})
	f.ok("read", args{"file_path": "changed"})
	earlier := f.SeenFiles()
	if len(earlier) != 2 {
		t.Fatalf("seen %v", earlier)
	}
	f.put("changed", "two\n")
	dir := f.dir
	later := newFixture(t, func(c *Config) { c.WorkingDir, c.Seen = dir, earlier })
	if files := later.SeenFiles(); len(files) != 0 {
		t.Errorf("nothing was seen yet, but %v", files)
	}
	later.fails(CodeNotRead, "write", args{"file_path": "unread", "content": "x\n"})
	later.fails(CodeStale, "write", args{"file_path": "changed", "content": "x\n"})
	later.fails(CodeStale, "edit", args{"file_path": "changed", "old_string": "two", "new_string": "x"})
	later.ok("edit", args{"file_path": "same", "old_string": "one", "new_string": "x"})
	wantContains(t, later.ok("read", args{"file_path": "changed"}), "two")
	if files := later.SeenFiles(); len(files) != 2 {
		t.Errorf("seen %v", files)
	}
}

func TestWriteRefusesPlaces(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.Home = c.WorkingDir + "/home" })
	f.put("home/auth.json", "{}")
	for _, name := range []string{".git/config", "sub/.git/hooks/x", "home/auth.json", "home/data/x/token"} {
		f.fails(CodeDenied, "write", args{"file_path": name, "content": "x"})
		f.fails(CodeDenied, "edit", args{"file_path": name, "old_string": "{", "new_string": "x"})
	}
	if err := os.Symlink("home", f.path("link")); err != nil {
		t.Skip(err)
	}
	f.fails(CodeDenied, "write", args{"file_path": "link/auth.json", "content": "x"})
	f.ok("write", args{"file_path": ".gitignore", "content": "x"})
}

func TestWriteKeepsConventions(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", "\uFEFFa\r\nb\r\n")
	f.ok("read", args{"file_path": "x"})
	text := f.ok("write", args{"file_path": "x", "content": "a\nc\n"})
	if got := f.get("x"); got != "\uFEFFa\r\nc\r\n" {
		t.Errorf("%q", got)
	}
	wantContains(t, text, "CRLF line ends kept", "byte order mark kept")
}

// Acceptance: an edit keeps CRLF, byte order mark, mode and link.
func TestEditKeepsEverything(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.put("real/x.sh", "\uFEFFone\r\ntwo\r\nthree\r\n")
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("real/x.sh", f.path("link")); err != nil {
		t.Skip(err)
	}
	f.ok("read", args{"file_path": "link"})
	f.ok("edit", args{"file_path": "link", "old_string": "one\ntwo", "new_string": "1\n2\n2b"})
	if got := f.get("real/x.sh"); got != "\uFEFF1\r\n2\r\n2b\r\nthree\r\n" {
		t.Errorf("%q", got)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o755 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if to, err := os.Readlink(f.path("link")); err != nil || to != "real/x.sh" {
		t.Errorf("%q, %v", to, err)
	}
	entries, err := os.ReadDir(f.path("real"))
	if err != nil || len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

func TestEditKeepsHardLinks(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	if err := os.Link(f.put("a", "one\n"), f.path("b")); err != nil {
		t.Skip(err)
	}
	f.ok("read", args{"file_path": "a"})
	wantContains(t, f.ok("edit", args{"file_path": "a", "old_string": "one", "new_string": "two"}), "written in place: the file has more than one name")
	if f.get("b") != "two\n" {
		t.Error("the other name has another file now")
	}
}

func TestEditInReadOnlyFolder(t *testing.T) {
	t.Parallel()
	if os.Getuid() == 0 {
		t.Skip("nothing is read-only for root")
	}
	f := newFixture(t)
	f.put("d/a", "one\n")
	if err := os.Chmod(f.path("d"), 0o555); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.Chmod(f.path("d"), 0o755) })
	f.ok("read", args{"file_path": "d/a"})
	wantContains(t, f.ok("edit", args{"file_path": "d/a", "old_string": "one", "new_string": "two"}), "its folder is not writable")
}

func TestEditMatches(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content, old, new, want, note string
	}{
		{"exact", "a\nb\nc\n", "b", "B", "a\nB\nc\n", ""},
		{"exact wins", "x \nx\n", "x\n", "y\n", "x \ny\n", ""},
		{"line ends", "a\r\nb\r\nc\r\n", "a\nb\n", "A\nB\nB2\n", "A\r\nB\r\nB2\r\nc\r\n", "line ends"},
		{"line end kept for a new line", "a\r\nb\r\n", "a", "a\na2", "a\r\na2\r\nb\r\n", ""},
		{"mixed ends stay", "a\r\nb\nc\r\n", "a\nb\nc", "A\nB\nC", "A\r\nB\nC\r\n", "line ends"},
		{"old has crlf, file has not", "a\nb\n", "a\r\nb", "A\nB", "A\nB\n", "line ends"},
		{"byte order mark", "\uFEFFa\nb\n", "\uFEFFb", "B", "\uFEFFa\nB\n", "line ends"},
		{"quotes", "say “hi” now\n", `"hi"`, `"ho"`, "say \"ho\" now\n", "quotes"},
		{"dash and space", "a\u00a0–\u00a0b\n", "a - b", "c", "c\n", "quotes"},
		{"trailing blanks", "a  \nb\t\nc\n", "a\nb\nc", "A\nB\nC", "A\nB\nC\n", "blanks at line ends"},
		{"trailing blanks in old", "a\nb\n", "a  \nb", "A\nB", "A\nB\n", "blanks at line ends"},
		{"trailing blanks after the match stay", "x\na  \nb\n", "x\na", "y\na", "y\na  \nb\n", ""},
		{"indentation added", "\tif x {\n\t\ty()\n\t}\n", "if x {\n\ty()\n}\n", "if x {\n\n\tz()\n}\n", "\tif x {\n\n\t\tz()\n\t}\n", "another indentation"},
		{"indentation taken", "if x {\n  y\n}\n", "  if x {\n    y\n  }", "  if z {\n    y\n  }", "if z {\n  y\n}\n", "another indentation"},
		{"numbers", "a\nb\n", "     1\ta\n     2\tb", "     1\tA\n     2\tB", "A\nB\n", "line numbers taken off"},
		{"final newline stays away", "a\nb", "b", "B", "a\nB", ""},
		{"deleting", "a\nb\nc\n", "b\n", "", "a\nc\n", ""},
		{"latin-1 bytes stay", "caf\xe9\nx\n", "x", "y", "caf\xe9\ny\n", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.put("f", test.content)
			f.ok("read", args{"file_path": "f"})
			text := f.ok("edit", args{"file_path": "f", "old_string": test.old, "new_string": test.new})
			if got := f.get("f"); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			wantContains(t, text, test.note)
			if test.note == "" && strings.Contains(text, "matched") {
				t.Errorf("not exact: %s", text)
			}
		})
	}
}

func TestEditErrors(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content string
		input         args
		code          Code
		want          string
	}{
		{"not unique", "x\ny\nx\n", args{"old_string": "x", "new_string": "z"}, CodeNotUnique, "found 2 times in f, in lines 1, 3"},
		{"not unique, loosely", "a \na  \n", args{"old_string": "a\n", "new_string": "z\n"}, CodeNotUnique, "2 times"},
		{"loose and all", "“a”\n“a”\n", args{"old_string": `"a"`, "new_string": "z", "replace_all": true}, CodeNotUnique, "copy it as it is"},
		{"not found", "one\n\ttwo  \nthree\n", args{"old_string": "two\nfour", "new_string": "z"}, CodeNotFound, "     2\t→two··\n"},
		{"similar", "alpha\nfunc compute(a int) {\n", args{"old_string": "func compute(a, b int) {", "new_string": "z"}, CodeNotFound, "     2\tfunc compute"},
		{"already applied", "new text\n", args{"old_string": "old stuff", "new_string": "new text"}, CodeNotFound, "already applied?"},
		{"the same", "x\n", args{"old_string": "x", "new_string": "x"}, CodeNoChange, "the same"},
		{"empty old", "x\n", args{"old_string": "", "new_string": "y"}, CodeInvalidInput, "has content"},
		{"empty old and all", "x\n", args{"old_string": "", "new_string": "y", "replace_all": true}, CodeInvalidInput, "has content"},
		{"nothing", "x\n", args{}, CodeInvalidInput, "missing"},
		{"both", "x\n", args{"old_string": "x", "new_string": "y", "edits": []args{{"old_string": "x", "new_string": "z"}}}, CodeInvalidInput, "not both"},
		{"binary", "x\x00\n", args{"old_string": "x", "new_string": "y"}, CodeBinary, "bash"},
		{"second of two", "a\nb\n", args{"edits": []args{{"old_string": "a", "new_string": "A"}, {"old_string": "q", "new_string": "Q"}}}, CodeNotFound, "number 2"},
		{"indentation that differs by line", "\tx\n\t\ty\n", args{"old_string": "x\ny", "new_string": "z"}, CodeNotFound, "not in f"},
		{"blank needle", "a\n", args{"old_string": " \n\n", "new_string": "y"}, CodeNotFound, "not in f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.put("f", test.content)
			f.run("read", args{"file_path": "f"})
			test.input["file_path"] = "f"
			wantContains(t, f.fails(test.code, "edit", test.input), test.want)
			if got := f.get("f"); got != test.content {
				t.Errorf("the file was changed to %q", got)
			}
		})
	}
	f := newFixture(t)
	f.put("x.go", "x\n")
	f.fails(CodeNotRead, "edit", args{"file_path": "x.go", "old_string": "x", "new_string": "y"})
	wantContains(t, f.fails(CodeNotFound, "edit", args{"file_path": "y.go", "old_string": "x", "new_string": "y"}), "did you mean x.go")
}

func TestEditSeveral(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", "a a\nb\nc\n")
	f.ok("read", args{"file_path": "f"})
	text := f.ok("edit", args{"file_path": "f", "edits": []args{
		{"old_string": "a", "new_string": "x", "replace_all": "true"}, {"old_string": "x x\nb", "new_string": "y"},
	}})
	if f.get("f") != "y\nc\n" {
		t.Errorf("%q", f.get("f"))
	}
	wantContains(t, text, "3 replacements", "from line 1")
}

// What reading shows of a Latin-1 file can be edited, and the file stays Latin-1.
func TestLatin1IsKept(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", "caf\xe9\r\nx\r\n")
	wantContains(t, f.ok("read", args{"file_path": "f"}), "café", "Latin-1")
	wantContains(t, f.ok("edit", args{"file_path": "f", "old_string": "café", "new_string": "crème"}), "-café", "+crème")
	f.ok("edit", args{"file_path": "f", "old_string": "x", "new_string": "ÿ\ny"})
	if got, want := f.get("f"), "cr\xe8me\r\n\xff\r\ny\r\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	wantContains(t, f.fails(CodeInvalidInput, "edit", args{"file_path": "f", "old_string": "y", "new_string": "€"}), "Latin-1", "€")
	wantContains(t, f.ok("write", args{"file_path": "f", "content": "naïve\n"}), "Latin-1 kept", "+naïve")
	if got := f.get("f"); got != "na\xefve\r\n" {
		t.Errorf("%q", got)
	}
	wantContains(t, f.ok("write", args{"file_path": "f", "content": "€\n"}), "UTF-8 now")
	if got := f.get("f"); got != "€\r\n" {
		t.Errorf("%q", got)
	}
	f.put("u", "\xff\xfeh\x00\n\x00")
	f.ok("read", args{"file_path": "u"})
	wantContains(t, f.ok("write", args{"file_path": "u", "content": "x\n"}), "was UTF-16")
}

// A bad byte does not make a UTF-8 file Latin-1.
func TestBadByteInUTF8(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", "naïve – \xff\nx\n")
	wantContains(t, f.ok("read", args{"file_path": "f"}), "naïve – \uFFFD", "no UTF-8")
	f.ok("edit", args{"file_path": "f", "old_string": "x", "new_string": "é"})
	if got := f.get("f"); got != "naïve – \xff\né\n" {
		t.Errorf("%q", got)
	}
}

// What an edit costs must not grow with the square of the places it changes: in
// one line as in many.
func TestEditManyPlaces(t *testing.T) {
	t.Parallel()
	for name, unit := range map[string]string{"one line": "az", "many lines": "az\n"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			const count = 300_000
			f.put("f", strings.Repeat(unit, count))
			f.ok("read", args{"file_path": "f", "limit": 1})
			text := f.ok("edit", args{"file_path": "f", "old_string": "a", "new_string": "bb", "replace_all": true})
			wantContains(t, text, fmt.Sprintf("%d replacements", count))
			if f.get("f") != strings.Repeat("bb"+unit[1:], count) {
				t.Error("not replaced everywhere")
			}
		})
	}
}

func TestEditCreates(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	wantContains(t, f.ok("edit", args{"file_path": "d/new", "old_string": "", "new_string": "x\n"}), "created d/new: 1 line")
	f.put("empty", "")
	f.ok("edit", args{"file_path": "empty", "old_string": "", "new_string": "x\n"})
	if f.get("d/new") != "x\n" || f.get("empty") != "x\n" {
		t.Error("not written")
	}
}

// Acceptance: a file changed outside between read and write is stale. An edit
// of lines that were seen, and are as they were, is not.
func TestEditStale(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", "one\ntwo\nthree\n")
	f.ok("read", args{"file_path": "f"})
	f.put("f", "zero\none\ntwo\nTHREE\n")
	text := f.fails(CodeStale, "edit", args{"file_path": "f", "old_string": "THREE", "new_string": "3"})
	wantContains(t, text, "read it again", "not seen:\n     1\tzero\n     4\tTHREE")
	wantContains(t, f.fails(CodeStale, "write", args{"file_path": "f", "content": "3"}), "     4\tTHREE")
	f.fails(CodeStale, "edit", args{"file_path": "f", "edits": []args{{"old_string": "two", "new_string": "2"}, {"old_string": "THREE", "new_string": "3"}}})
	f.fails(CodeStale, "edit", args{"file_path": "f", "old_string": "o", "new_string": "0", "replace_all": true})
	wantContains(t, f.ok("edit", args{"file_path": "f", "old_string": "two", "new_string": "2"}), "changed elsewhere since it was read")
	if f.get("f") != "zero\none\n2\nTHREE\n" {
		t.Errorf("%q", f.get("f"))
	}
	f.put("f", "zero\none\n2\nTHREE!\n")
	f.ok("edit", args{"file_path": "f", "edits": []args{{"old_string": "one", "new_string": "1"}, {"old_string": "1\n2\n", "new_string": "3\n"}}})
	if f.get("f") != "zero\n3\nTHREE!\n" {
		t.Errorf("%q", f.get("f"))
	}
}

func TestEditUnseenPartOfKnownFile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", numbers(1, 20))
	f.ok("read", args{"file_path": "f", "limit": 2})
	f.ok("edit", args{"file_path": "f", "old_string": "line 15", "new_string": "x"}) // unchanged since
	f.put("f", strings.Replace(f.get("f"), "line 17", "line 17!", 1))
	f.fails(CodeStale, "edit", args{"file_path": "f", "old_string": "line 12", "new_string": "y"})
	f.ok("edit", args{"file_path": "f", "old_string": "line 2\n", "new_string": "two\n"})
}

func TestEditsSerialise(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("f", numbers(1, 20))
	f.ok("read", args{"file_path": "f"})
	var calls sync.WaitGroup
	for i := 1; i <= 20; i++ {
		calls.Go(func() {
			result := f.run("edit", args{"file_path": "f", "old_string": fmt.Sprintf("line %d\n", i), "new_string": fmt.Sprintf("LINE %d\n", i)})
			if result.IsError {
				t.Error(result.Text())
			}
		})
	}
	calls.Wait()
	if got := f.get("f"); strings.Contains(got, "line") {
		t.Errorf("%q", got)
	}
}

func TestReplaceRefusesWhatChangedMeanwhile(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	path := f.put("f", "now\n")
	target, err := f.bench.openTarget(path)
	if err != nil {
		t.Fatal(err)
	}
	defer target.close()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := target.replace([]byte("mine\n"), info, digest{1}); err == nil || f.get("f") != "now\n" {
		t.Errorf("%v, %q", err, f.get("f"))
	}
}

// A folder that becomes a link after the check does not lead the write out.
func TestReplaceStaysInside(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	outside := t.TempDir()
	if err := os.Symlink(outside, f.path("swapped")); err != nil {
		t.Skip(err)
	}
	target, err := f.bench.openTarget(f.path("swapped/x"))
	if err == nil {
		defer target.close()
		_, err = target.replace([]byte("x"), nil, digest{})
	}
	if _, statErr := os.Stat(outside + "/x"); err == nil || statErr == nil {
		t.Errorf("written outside: %v", err)
	}
}

func FuzzEdit(f *testing.F) {
	f.Add("a\r\nb “x”\n\tc  \n", "b \"x\"\n c", "q\nr", false)
	f.Add("\uFEFFa\n", "a\n", "b", true)
	f.Add("    1\tx\n", "1\tx", "", false)
	f.Fuzz(func(t *testing.T, content, old, text string, all bool) {
		if old == "" || old == text {
			return
		}
		e := &editing{bench: &bench{files: newFileStates(nil)}, content: content}
		if err := e.apply(replacement{old, text, all}); err != nil {
			if e.content != content {
				t.Errorf("%q became %q in spite of %v", content, e.content, err)
			}
			return
		}
		if e.line < 1 || e.line > strings.Count(content, "\n")+1 {
			t.Errorf("line %d", e.line)
		}
		if strings.Count(content, old) == 1 && !strings.Contains(text, "\n") && e.content != strings.Replace(content, old, text, 1) {
			t.Errorf("not byte for byte: %q", e.content)
		}
	})
}
