package agent

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/sdk"
)

// tree writes files below a new folder and returns it.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, text := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		files    map[string]string
		dir      string
		want     []string // texts, in order
		warnings int
	}{
		"root to folder": {map[string]string{"r/.git/HEAD": "", "r/AGENTS.md": "root", "r/a/AGENTS.md": "a", "r/a/b/AGENTS.md": "b", "AGENTS.md": "outside", "r/c/AGENTS.md": "beside"}, "r/a/b", []string{"root", "a", "b"}, 0},
		"second name":    {map[string]string{"r/.git/HEAD": "", "r/CLAUDE.md": "old", "r/a/AGENTS.md": "new", "r/a/CLAUDE.md": "passed over"}, "r/a", []string{"old", "new"}, 0},
		"no repository":  {map[string]string{"AGENTS.md": "above", "a/AGENTS.md": "here"}, "a", []string{"here"}, 0},
		"empty":          {map[string]string{"a/AGENTS.md": " \n"}, "a", nil, 0},
		"too long":       {map[string]string{"a/AGENTS.md": strings.Repeat("é", instructionBytes)}, "a", []string{strings.Repeat("é", instructionBytes/2)}, 1},
		"a folder":       {map[string]string{"a/AGENTS.md/x": ""}, "a", nil, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			root := tree(t, test.files)
			found, warnings := Instructions(filepath.Join(root, "home"), filepath.Join(root, filepath.FromSlash(test.dir)))
			if len(found) != len(test.want) || len(warnings) != test.warnings {
				t.Fatalf("%d found, warnings %q", len(found), warnings)
			}
			for i, instruction := range found {
				if instruction.Text != test.want[i] || instruction.Cut != (test.warnings > 0) {
					t.Errorf("%d: %.20q", i, instruction.Text)
				}
			}
		})
	}
	home := tree(t, map[string]string{"AGENTS.md": "mine", "w/AGENTS.md": "its"})
	found, _ := Instructions(home, filepath.Join(home, "w"))
	if len(found) != 2 || found[0].Text != "mine" || found[1].Text != "its" {
		t.Errorf("with home: %+v", found)
	}
}

func TestSystemPrompt(t *testing.T) {
	t.Parallel()
	root := tree(t, map[string]string{".git/HEAD": "ref: refs/heads/topic/x\n"})
	dir := filepath.Join(root, "sub")
	options := PromptOptions{
		WorkingDir: dir, AddedDirs: []string{"/other"}, PermissionMode: "edit", HostTools: true,
		Instructions: []Instruction{{Path: "/p/AGENTS.md", Text: "be kind", Cut: true}},
		Append:       "last words", Beginning: BeginningAt(dir, time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)),
	}
	blocks := SystemPrompt(options)
	if len(blocks) != 4 || !blocks[0].Stable || !blocks[1].Stable || blocks[2].Stable || blocks[3].Text != "last words" {
		t.Fatalf("%+v", blocks)
	}
	for i, wants := range [][]string{
		{"You are jcode", "Read a file before you edit"},
		{"# /p/AGENTS.md\n\nbe kind", "cut after 32 KiB"},
		{dir, "/other", "2026-11-23", "topic/x", "edit"},
	} {
		for _, want := range wants {
			if !strings.Contains(blocks[i].Text, want) {
				t.Errorf("block %d lacks %q:\n%s", i, want, blocks[i].Text)
			}
		}
	}
	options.Replace, options.HostTools, options.Instructions = "You are a poet.", false, nil
	if blocks := SystemPrompt(options); blocks[0].Text != "You are a poet." || len(blocks) != 3 {
		t.Errorf("replaced: %+v", blocks)
	}
}

func TestGitBranch(t *testing.T) {
	t.Parallel()
	root := tree(t, map[string]string{
		"real/.git/HEAD":               "0123456789abcdef0123\n",
		"real/.git/worktrees/one/HEAD": "ref: refs/heads/one\n",
		"wt/.git":                      "gitdir: ../real/.git/worktrees/one\n",
		"broken/.git/x":                "",
	})
	for name, want := range map[string]string{"real": "(detached at 0123456789ab)", "wt": "one", "broken": ""} {
		if got := gitBranch(filepath.Join(root, name)); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func TestInput(t *testing.T) {
	t.Parallel()
	png := []byte("\x89PNG\r\n\x1a\n and more")
	sees := sdk.Info{Name: "acme", Capabilities: []string{sdk.CapabilityImages}}
	tests := map[string]struct {
		prompt string
		piped  *PipedInput
		files  []Attachment
		info   sdk.Info
		want   string // the text; empty is an error
		images int
	}{
		"prompt":         {"hi", nil, nil, sdk.Info{}, "hi", 0},
		"text file":      {"look", nil, []Attachment{{"a.md", []byte("```\nx\n```\n")}}, sdk.Info{}, "look\n\nFile a.md:\n````\n```\nx\n```\n````", 0},
		"image":          {"look", nil, []Attachment{{"a.txt", png}}, sees, "look\n\n[image: a.txt]", 1},
		"image, blind":   {"look", nil, []Attachment{{"a.png", png}}, sdk.Info{}, "", 0},
		"image too big":  {"look", nil, []Attachment{{"a.png", append(png[:8:8], make([]byte, maxImageBytes)...)}}, sees, "", 0},
		"binary":         {"look", nil, []Attachment{{"a", []byte("\x7fELF\x00")}}, sees, "", 0},
		"not UTF-8":      {"look", nil, []Attachment{{"a", []byte("caf\xe9")}}, sees, "", 0},
		"text too big":   {"look", nil, []Attachment{{"a", make([]byte, 0)}, {"b", []byte(strings.Repeat("x", maxTextBytes+1))}}, sees, "", 0},
		"stdin":          {"sum", &PipedInput{Head: []byte("a\nb\n"), Total: 4}, nil, sdk.Info{}, "sum\n\n<stdin>\na\nb\n</stdin>", 0},
		"empty stdin":    {"sum", &PipedInput{}, nil, sdk.Info{}, "sum", 0},
		"cut stdin":      {"sum", &PipedInput{Head: []byte("ab"), Tail: []byte("yz"), Total: 26, Spool: "/s"}, nil, sdk.Info{}, "sum\n\n<stdin>\nab\n[… 22 of 26 bytes left out; all of it is in /s …]\nyz\n</stdin>", 0},
		"binary stdin":   {"sum", &PipedInput{Head: []byte{0}, Total: 1}, nil, sdk.Info{}, "", 0},
		"empty":          {" ", nil, nil, sdk.Info{}, "", 0},
		"only a picture": {"", nil, []Attachment{{"a.png", png}}, sees, "[image: a.png]", 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			message, err := Input(test.prompt, test.piped, test.files, test.info)
			var usage *UsageError
			if test.want == "" {
				if !errors.As(err, &usage) {
					t.Errorf("error %v", err)
				}
				return
			}
			if err != nil || textOf(message.Blocks) != test.want || len(message.Blocks) != 1+test.images {
				t.Errorf("%q, %v", textOf(message.Blocks), err)
			}
		})
	}
}
