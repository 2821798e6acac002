package tool

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/jcode-go/jcode/sdk"
)

func numbers(from, to int) string {
	var b strings.Builder
	for i := from; i <= to; i++ {
		fmt.Fprintf(&b, "line %d\n", i)
	}
	return b.String()
}

func utf16le(text string) string {
	var b bytes.Buffer
	b.WriteString("\xff\xfe")
	for _, u := range utf16.Encode([]rune(text)) {
		b.Write([]byte{byte(u), byte(u >> 8)})
	}
	return b.String()
}

func TestRead(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, content string
		input         args
		want          string
	}{
		{"whole", "a\nb\n", nil, "     1\ta\n     2\tb\n"},
		{"no final newline", "a\nb", nil, "     1\ta\n     2\tb\n"},
		{"empty", "", nil, "(file is empty)"},
		{"offset and limit", numbers(1, 9), args{"offset": "3", "limit": 2}, "     3\tline 3\n     4\tline 4\n(lines 3–4 of 9; next offset 5)"},
		{"offset 0", "a\n", args{"offset": 0}, "     1\ta\n"},
		{"to the end", numbers(1, 4), args{"offset": 3}, "     3\tline 3\n     4\tline 4\n(lines 3–4 of 4)"},
		{"from the end", numbers(1, 9), args{"offset": -2}, "     8\tline 8\n     9\tline 9\n(lines 8–9 of 9)"},
		{"far from the end", "a\n", args{"offset": -50}, "     1\ta\n"},
		{"crlf", "a\r\nb\r\n", nil, "     1\ta\n     2\tb\n[CRLF]"},
		{"mixed", "a\r\nb\nc\nd\n", nil, "[CRLF and LF]"},
		{"one LF among CRLF", "a\r\nb\nc\r\n", nil, "[CRLF and LF]"},
		{"crlf, no final newline", "a\r\nb\r\nc", nil, "     1\ta\n     2\tb\n     3\tc\n[CRLF]"},
		{"bom", "\uFEFFa\n", nil, "     1\ta\n[UTF-8 BOM]"},
		{"utf-16", utf16le("añ\n😀\n"), nil, "     1\tañ\n     2\t😀\n[UTF-16]"},
		{"latin-1", "caf\xe9 au lait, no m\xe1s\n", nil, "     1\tcafé au lait, no más\n[Latin-1, shown as UTF-8]"},
		{"control", "a\x01b\n", nil, `     1	a\x01b` + "\n"},
		{"broken later", strings.Repeat("x", 9000) + "\n\xff\n", args{"offset": 2}, "     2\t\uFFFD\n"},
		{"tab kept", "\tx\n", nil, "     1\t\tx\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			f := newFixture(t)
			f.put("f.txt", test.content)
			input := args{"file_path": "f.txt"}
			for k, v := range test.input {
				input[k] = v
			}
			if text := f.ok("read", input); !strings.HasPrefix(text, test.want) {
				wantContains(t, text, test.want)
			}
		})
	}
}

func TestReadLimits(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("many", numbers(1, 8120))
	wantContains(t, f.ok("read", args{"file_path": "many"}), "line 2000\n(lines 1–2000 of 8120; next offset 2001)")
	f.put("wide", strings.Repeat(strings.Repeat("ä", 1000)+"\n", 100))
	text := f.ok("read", args{"file_path": "wide"})
	wantContains(t, text, "next offset 26)")
	if len(text) > 55<<10 {
		t.Errorf("%d bytes", len(text))
	}
	f.put("long", strings.Repeat("ä", 2500)+"\nshort\n")
	wantContains(t, f.ok("read", args{"file_path": "long"}), strings.Repeat("ä", 2000)+"… [+500 chars]\n     2\tshort")
	f.put("longer", strings.Repeat("x", 300_000)+"\nshort\n")
	wantContains(t, f.ok("read", args{"file_path": "longer"}), "… [+298000 chars]\n     2\tshort")
	wantContains(t, f.fails(CodeInvalidInput, "read", args{"file_path": "many", "offset": 9000}), "offset 9000 past end (8120 lines)")
	huge := f.put("huge", strings.Repeat(strings.Repeat("y", 99)+"\n", 250_000))
	wantContains(t, f.ok("read", args{"file_path": huge, "limit": 1}), "(lines 1–1 of ≥2")
	wantContains(t, f.ok("read", args{"file_path": huge, "offset": -1}), "(lines 250000–250000 of 250000)")
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("config.go", "x")
	f.put("deep/down/Main.go", "x")
	wantContains(t, f.fails(CodeNotFound, "read", args{"file_path": "confg.go"}), "did you mean config.go?")
	wantContains(t, f.fails(CodeNotFound, "read", args{"file_path": "config.ts"}), "did you mean config.go?")
	wantContains(t, f.fails(CodeNotFound, "read", args{"file_path": "main.go"}), "did you mean deep/down/Main.go?")
	wantContains(t, f.fails(CodeNotFound, "read", args{"file_path": "qqqqqqqqqqqq"}), "use glob")
	f.fails(CodeInvalidInput, "read", args{"file_path": " "})
	wantContains(t, f.fails(CodeNotFound, "read", args{"file_path": "config.go/x"}), "does not exist")
	f.put("bin", "\x7fELF\x00\x01")
	wantContains(t, f.fails(CodeBinary, "read", args{"file_path": "bin"}), "binary (ELF, 6 bytes)")
	f.put("pdf", "%PDF-1.4\x00")
	wantContains(t, f.fails(CodeBinary, "read", args{"file_path": "pdf"}), "PDF")
	if runtime.GOOS == "linux" {
		wantContains(t, f.fails(CodeInvalidInput, "read", args{"file_path": "/dev/zero"}), "a device")
		f.fails(CodeDenied, "read", args{"file_path": "/proc/self/environ"})
		wantContains(t, f.ok("read", args{"file_path": "/proc/self/status"}), "Name:")
	}
}

func TestReadFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("d/b.txt", "")
	f.put("d/a/x", "")
	wantContains(t, f.ok("read", args{"file_path": "d"}), "d is a folder with 2 entries:\na/\nb.txt\n")
}

func TestReadImage(t *testing.T) {
	t.Parallel()
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	f := newFixture(t, func(c *Config) { c.Vision = true })
	f.put("p.png", picture.String())
	result := f.run("read", args{"file_path": "p.png"})
	if got, ok := result.Content[1].(sdk.Image); !ok || got.MediaType != "image/png" || !bytes.Equal(got.Data, picture.Bytes()) {
		t.Errorf("%+v", result)
	}
	wantContains(t, result.Text(), "3×2")
	blind := newFixture(t)
	blind.put("p.png", picture.String())
	wantContains(t, blind.fails(CodeBinary, "read", args{"file_path": "p.png"}), "cannot see images")
}

func TestReadNotebook(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("n.ipynb", `{"cells":[{"cell_type":"markdown","source":["# Title\n","text"]},{"cell_type":"code","source":"print(1)","outputs":[{"text":["1\n"]},{"ename":"E","evalue":"why"}]}]}`)
	wantContains(t, f.ok("read", args{"file_path": "n.ipynb"}), "2 cells", "cell 1 (markdown)\n# Title\ntext", "cell 2 (code)\nprint(1)\n--- output\n1\n", "E: why")
	wantContains(t, f.ok("read", args{"file_path": "n.ipynb", "offset": 1}), `     1	{"cells"`)
}

func TestReadAgain(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", numbers(1, 9))
	first := f.ok("read", args{"file_path": "x"})
	wantContains(t, f.ok("read", args{"file_path": "x"}), "unchanged since you read it")
	if again := f.ok("read", args{"file_path": "x"}); again != first {
		t.Errorf("the third time: %q", again)
	}
	wantContains(t, f.ok("read", args{"file_path": "x", "limit": 2}), "line 1\n")
	f.put("x", numbers(2, 9))
	wantContains(t, f.ok("read", args{"file_path": "x"}), "line 2\n")
	f.ok("edit", args{"file_path": "x", "old_string": "line 2\n", "new_string": "line two\n"})
	wantContains(t, f.ok("read", args{"file_path": "x"}), "line two\n")
}

func TestReadShowsInstructionsOnce(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.InstructionFiles = []string{"AGENTS.md"} })
	f.put("AGENTS.md", "top")
	f.put("sub/AGENTS.md", "be kind")
	f.put("sub/deep/a", "x\n")
	f.put("sub/b", "x\n")
	text := f.ok("read", args{"file_path": "sub/deep/a"})
	wantContains(t, text, "[sub/AGENTS.md applies below sub:]\nbe kind")
	if strings.Contains(text, "top") || strings.Contains(f.ok("read", args{"file_path": "sub/b"}), "be kind") {
		t.Error("shown too often")
	}
}

// In a folder the first of the names counts, however often it was shown, and a link
// that leads out of the project does not.
func TestGuideOfAFolder(t *testing.T) {
	t.Parallel()
	f := newFixture(t, func(c *Config) { c.InstructionFiles = []string{"AGENTS.md", "CLAUDE.md"} })
	for _, name := range []string{"both/AGENTS.md", "both/CLAUDE.md", "one/CLAUDE.md", "both/a", "both/b", "one/a", "link/a"} {
		f.put(name, "it is "+name+"\n")
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(f.dir), "secret"), []byte("psst"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(filepath.Join(filepath.Dir(f.dir), "secret"), f.path("link/AGENTS.md")); err != nil {
		t.Skip(err)
	}
	wantContains(t, f.ok("read", args{"file_path": "both/a"}), "it is both/AGENTS.md\n[end of both/AGENTS.md]")
	wantContains(t, f.ok("read", args{"file_path": "one/a"}), "it is one/CLAUDE.md")
	for _, name := range []string{"both/b", "link/a"} {
		if text := f.ok("read", args{"file_path": name}); strings.Contains(text, "applies below") {
			t.Errorf("%s: %s", name, text)
		}
	}
}

func TestSplitGuides(t *testing.T) {
	t.Parallel()
	one, two := "[a/AGENTS.md applies below a:]\nx\n[end of a/AGENTS.md]", "[a b/CLAUDE.md applies below a b:]\ny\n\nz\n[end of a b/CLAUDE.md]"
	for text, want := range map[string][]string{
		"":                              nil,
		"     1\tx\n\n" + one + "\n":    {one},
		one + "\n\n" + two:              {one, two},
		"[a applies below b:]\nno end":  nil,
		"     1\t" + one + " in a file": nil,
	} {
		if got := SplitGuides(text); !slices.Equal(got, want) {
			t.Errorf("%q: %q", text, got)
		}
	}
}

// After the conversation lost older output, the same lines are shown again, and what
// was seen may still be edited.
func TestForget(t *testing.T) {
	t.Parallel()
	f := newFixture(t)
	f.put("x", "a\nb\n")
	f.ok("read", args{"file_path": "x"})
	f.Forget()
	wantContains(t, f.ok("read", args{"file_path": "x"}), "1\ta\n")
	f.Forget()
	f.ok("edit", args{"file_path": "x", "old_string": "a", "new_string": "c"})
}

func TestReadLink(t *testing.T) {
	t.Parallel()
	seen := ""
	f := newFixture(t, func(c *Config) {
		c.Authorizer = refuse(func(a Access) string { seen = a.Path; return "no" })
	})
	secret := filepath.Join(filepath.Dir(f.dir), "secret")
	if err := os.Symlink(secret, f.path("link")); err != nil {
		t.Skip(err)
	}
	f.fails(CodeDenied, "read", args{"file_path": "link"})
	if seen != secret {
		t.Errorf("asked about %s", seen)
	}
}

func FuzzDetect(f *testing.F) {
	f.Add([]byte("caf\xe9\n"))
	f.Add([]byte("\xff\xfea\x00\x00\xd8"))
	f.Add([]byte("\x00\x00\xfe\xff\x00\x11\x00\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		enc := detect(data, true)
		if enc.binary {
			return
		}
		reader, err := enc.decode(bufioReader(data))
		if err != nil {
			t.Fatal(err)
		}
		for range len(data) + 2 {
			if _, err := readLine(reader, true); err != nil {
				return
			}
		}
		t.Error("it never ends")
	})
}
