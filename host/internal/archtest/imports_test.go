package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/jcode-go/jcode"

// rule says what the files of a folder may not import.
type rule struct {
	folder string
	// only this folder itself, without those below it.
	flat bool
	// allowed decides on an import; why is said when it does not.
	allowed func(path string) bool
	why     string
}

var rules = []rule{
	{"sdk", true, standard, "sdk imports the standard library only"},
	{"sdk", false, func(path string) bool { return !below(path, module) || below(path, module+"/sdk") }, "the sdk knows neither host nor provider"},
	{"host", false, func(path string) bool {
		return !below(path, module+"/plugins") && !below(path, module+"/cmd") && !below(path, module+"/tools") && !strings.Contains(path, "urfave/cli")
	}, "host imports no plugin, no command and no flags"},
	{"cmd", false, func(path string) bool {
		own := path == module+"/host" || path == module+"/sdk" || below(path, module+"/cmd")
		// The guardian of process trees is the program itself, run again.
		return standard(path) || own || path == module+"/sdk/guard" || !below(path, module)
	}, "cmd imports host and sdk only"},
	{"plugins", false, func(path string) bool {
		return !below(path, module+"/host") && !below(path, module+"/cmd") && !strings.Contains(path, "hashicorp/go-plugin")
	}, "a plugin imports sdk/... and outside libraries only"},
}

func TestImports(t *testing.T) {
	t.Parallel()
	for _, rule := range rules {
		walk(t, rule.folder, func(path string) {
			if rule.flat && filepath.Dir(path) != filepath.Join(root, rule.folder) {
				return
			}
			for _, imported := range importsOf(t, path) {
				if !rule.allowed(imported) {
					t.Errorf("%s imports %s: %s", path, imported, rule.why)
				}
			}
		})
	}
}

// speakers are the folders that may speak gRPC, or start plugins: the two ends of
// the protocol, its generated code, and what tests them.
var speakers = []string{
	"host/internal/launch", "sdk/plugin", "sdk/proto", "sdk/providertest", "sdk/internal/spawn",
}

// TestOnlyTheEndsSpeakGRPC keeps the wire out of everything that can be written,
// and tested, without it.
func TestOnlyTheEndsSpeakGRPC(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"sdk", "host", "cmd", "plugins"} {
		walk(t, folder, func(path string) {
			relative, err := filepath.Rel(root, path)
			if err != nil {
				t.Fatal(err)
			}
			speaks := func(folder string) bool { return below(filepath.ToSlash(relative), folder) }
			if slices.ContainsFunc(speakers, speaks) {
				return
			}
			for _, imported := range importsOf(t, path) {
				if below(imported, "google.golang.org/grpc") || below(imported, "github.com/hashicorp/go-plugin") {
					t.Errorf("%s imports %s: only %s may", path, imported, strings.Join(speakers, ", "))
				}
			}
		})
	}
}

func TestPluginsDoNotImportEachOther(t *testing.T) {
	t.Parallel()
	walk(t, "plugins", func(path string) {
		relative, err := filepath.Rel(filepath.Join(root, "plugins"), path)
		if err != nil {
			t.Fatal(err)
		}
		own, _, _ := strings.Cut(filepath.ToSlash(relative), "/")
		for _, imported := range importsOf(t, path) {
			if below(imported, module+"/plugins") && !below(imported, module+"/plugins/"+own) {
				t.Errorf("%s imports %s", path, imported)
			}
		}
	})
}

func TestNoInit(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"host", "cmd"} {
		walk(t, folder, func(path string) {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, declared := range file.Decls {
				if f, ok := declared.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s: nothing registers itself in init", path)
				}
			}
		})
	}
}

func importsOf(t *testing.T, path string) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, spec := range file.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, imported)
	}
	return paths
}

func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

func below(path, parent string) bool { return path == parent || strings.HasPrefix(path, parent+"/") }

// maxLines is what a person can still keep in mind of one file.
const maxLines = 500

func TestFileLength(t *testing.T) {
	t.Parallel()
	for _, folder := range []string{"cmd", "host", "sdk", "plugins", "tools"} {
		walkAll(t, folder, func(path string) {
			if n := strings.Count(read(t, path), "\n"); n > maxLines && !strings.HasSuffix(path, ".pb.go") {
				t.Errorf("%s has %d lines, more than %d", path, n, maxLines)
			}
		})
	}
}
