package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

const root = "../../.."

// banned are the names of providers, their vendors and their products.
var banned = []string{
	"claude", "openai", "cursor", "copilot", "antigravity",
	"anthropic", "codex", "chatgpt", "gemini",
}

// allowed are texts that may hold such a name: a file that other tools read, and
// the dialect of stream-json, which has no other name.
var allowed = []*regexp.Regexp{
	regexp.MustCompile(`CLAUDE\.md`),
	regexp.MustCompile(`(?i)(stream-json (dialect|envelope) of Claude Code|Claude Code's stream-json|stream-json that Claude Code emits)`),
}

var word = regexp.MustCompile(`[A-Z]+(?:[^A-Za-z]|$)|[A-Z]?[a-z]+|[A-Z]+`)

// compound are the names that are two words in mixed case.
var compound = regexp.MustCompile(`(?i)open_?ai|chat_?gpt`)

// providerNames are the banned whole words in an identifier or a text.
func providerNames(text string) []string {
	for _, exception := range allowed {
		text = exception.ReplaceAllString(text, "")
	}
	var found []string
	for _, match := range word.FindAllString(text, -1) {
		name := strings.ToLower(strings.TrimRightFunc(match, func(r rune) bool { return !unicode.IsLetter(r) }))
		if slices.Contains(banned, name) {
			found = append(found, name)
		}
	}
	if compound.MatchString(text) {
		found = append(found, compound.FindString(text))
	}
	return found
}

func TestNoProviderIsNamed(t *testing.T) {
	t.Parallel()
	files := 0
	for _, folder := range []string{"host", "cmd"} {
		walk(t, folder, func(path string) {
			files++
			for place, text := range namesAndTexts(t, path) {
				if names := providerNames(text); len(names) > 0 {
					t.Errorf("%s names %v: %s", place, names, text)
				}
			}
		})
	}
	if files < 20 {
		t.Errorf("only %d files were looked at", files)
	}
}

// walk calls f for each Go file of a folder that is no test.
func walk(t *testing.T, folder string, f func(path string)) {
	t.Helper()
	walkAll(t, folder, func(path string) {
		if !strings.HasSuffix(path, "_test.go") {
			f(path)
		}
	})
}

// walkAll is walk with the tests.
func walkAll(t *testing.T, folder string, f func(path string)) {
	t.Helper()
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && entry.Name() == "testdata" {
			return filepath.SkipDir
		}
		if strings.HasSuffix(path, ".go") {
			f(path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// namesAndTexts are the identifiers and strings of a file by their places.
func namesAndTexts(t *testing.T, path string) map[string]string {
	t.Helper()
	set := token.NewFileSet()
	file, err := parser.ParseFile(set, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]string{}
	ast.Inspect(file, func(node ast.Node) bool {
		switch n := node.(type) {
		case *ast.Ident:
			found[set.Position(n.Pos()).String()] = n.Name
		case *ast.BasicLit:
			if text, err := strconv.Unquote(n.Value); err == nil && n.Kind == token.STRING {
				found[set.Position(n.Pos()).String()] = text
			}
		}
		return true
	})
	return found
}

func TestProviderNames(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{
		"useClaude": true, "claude_path": true, "CLAUDE_TOKEN": true, "jcode-provider-openai": true,
		"OpenAI": true, "newOpenAIClient": true, "ChatGPT": true, "api.anthropic.com": true, "cursor": true,
		"CLAUDE.md": false, "preclude": false, "precursors": false, "caret": false, "excursor": false,
		"the stream-json dialect of Claude Code": false, "Claude Code": true,
	} {
		if got := len(providerNames(text)) > 0; got != want {
			t.Errorf("%q: %v, want %v", text, got, want)
		}
	}
}
