package agent

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/host/internal/tool"
)

const reviewFile = `---
name: review
description: |
  reads a change
  and criticises it
tools: Read, grep, Bash(git *)
model: small
max_turns: 12
permission_mode: read-only
---

You review.

---
Not front matter.
`

func TestParseAgentType(t *testing.T) {
	t.Parallel()
	want := SubagentType{
		Name: "review", Description: "reads a change and criticises it", Prompt: "You review.\n\n---\nNot front matter.",
		Tools: []string{"grep", "read"}, Model: "small", MaxTurns: 12, PermissionMode: "read-only", File: "/a/x.md",
	}
	for name, data := range map[string]string{"plain": reviewFile, "dos": "\xEF\xBB\xBF" + strings.ReplaceAll(reviewFile, "\n", "\r\n")} {
		got, faults, ok := parseSubagentType("/a/x.md", []byte(data))
		if !ok || !cmp.Equal(got, want) {
			t.Errorf("%s: %s", name, cmp.Diff(want, got))
		}
		if len(faults) != 1 || !strings.HasPrefix(faults[0], `/a/x.md:6: tools: a subagent has no tool "bash(git *)"`) {
			t.Errorf("%s: faults %q", name, faults)
		}
	}
	got, faults, ok := parseSubagentType("/a/short.md", []byte("---\ndescription: d\nmodel: inherit\ntools: [bash]\n---\np"))
	if !ok || len(faults) > 0 || got.Name != "short" || got.Model != "" || got.Tools[0] != "bash" {
		t.Errorf("%+v, %q", got, faults)
	}
}

func TestAgentTypeFaults(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ text, want string }{
		"empty":          {"", "x.md:1: no front matter"},
		"no fence":       {"name: x\n---\n", "x.md:1: no front matter"},
		"open fence":     {"---\nname: x\n", "x.md:1: no front matter"},
		"syntax":         {"---\nname: x\ndescription: [a\n---\np", "x.md:3: description: a list must end with ]"},
		"no mapping":     {"---\n- a\n---\np", "x.md:2: not of the form key: value"},
		"no description": {"---\nname: x\n---\np", "x.md:1: no description"},
		"nothing at all": {"---\n---\np", "x.md:1: no description"},
		"no prompt":      {"---\ndescription: d\n---\n \n", "x.md:3: nothing follows"},
		"name":           {"---\nname: Not Good\ndescription: d\n---\np", `x.md:1: "Not Good" is no name`},
		"turns":          {"---\ndescription: d\nmax_turns: 0\n---\np", `x.md:3: max_turns: "0" is no number`},
		"mode":           {"---\ndescription: d\npermission_mode: root\n---\np", `x.md:3: permission_mode: "root" is none of`},
		"no tools":       {"---\ndescription: d\ntools: [task, todowrite]\n---\np", "x.md:3: tools: none of them"},
		"list for text":  {"---\ndescription: [d]\n---\np", "x.md:2: description must be a text"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, faults, ok := parseSubagentType("x.md", []byte(test.text))
			if all := strings.Join(faults, "\n"); ok || !strings.Contains(all, test.want) {
				t.Errorf("ok %t, faults %q", ok, all)
			}
		})
	}
	_, faults, ok := parseSubagentType("x.md", []byte("---\ndescription: d\ncolour: red\n---\np"))
	if !ok || len(faults) != 1 || !strings.HasPrefix(faults[0], "x.md:3: colour is not known") {
		t.Errorf("ok %t, faults %q", ok, faults)
	}
}

func TestLoadAgentTypes(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if types, warnings := LoadSubagentTypes(filepath.Join(folder, "none")); types != nil || warnings != nil {
		t.Error("something from nothing")
	}
	write("b.md", "---\ndescription: d\n---\np")
	write("a.md", "---\ndescription: d\n---\np")
	write("bad.md", "text")
	write("long.md", strings.Repeat("x", agentFileBytes+1))
	write("notes.txt", "text")
	write(".hidden.md", "text")
	if err := os.Mkdir(filepath.Join(folder, "dir.md"), 0o700); err != nil {
		t.Fatal(err)
	}
	types, warnings := LoadSubagentTypes(folder)
	if names := typeNames(types); !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("types %v", names)
	}
	all := strings.Join(warnings, "\n")
	for _, want := range []string{"bad.md:1: no front matter", "; the file is not used", "long.md: longer than", "dir.md: not a file"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in %s", want, all)
		}
	}
	if len(warnings) != 3 {
		t.Errorf("warnings %q", warnings)
	}
}

// The names that a file may give are those of the tools that a subagent gets.
func TestSubagentTools(t *testing.T) {
	t.Parallel()
	child := tool.New(tool.Config{WorkingDir: t.TempDir()}).Child(nil, nil)
	if !slices.Equal(child.Names(), SubagentTools()) {
		t.Errorf("a subagent gets %v", child.Names())
	}
}

func FuzzParseAgentType(f *testing.F) {
	f.Add([]byte(reviewFile))
	f.Add([]byte("---\n*a: &a\n---\n"))
	f.Add([]byte("---\ntools: {a: b}\n<<: x\n---"))
	f.Fuzz(func(t *testing.T, data []byte) {
		got, faults, ok := parseSubagentType("x.md", data)
		if ok && (got.Name == "" || got.Description == "" || got.Prompt == "") {
			t.Errorf("taken: %+v", got)
		}
		if !ok && len(faults) == 0 {
			t.Error("refused without a reason")
		}
	})
}
