//go:build unix

package shellout_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/shellout"
)

// house makes files: what ends in "/" is a folder, what ends in "*" a program.
func house(t *testing.T, names ...string) string {
	t.Helper()
	root := t.TempDir()
	for _, name := range names {
		path := filepath.Join(root, strings.TrimRight(name, "/*"))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		var err error
		switch {
		case strings.HasSuffix(name, "/"):
			err = os.MkdirAll(path, 0o700)
		case strings.HasSuffix(name, "*"):
			err = os.WriteFile(path, []byte("#!/bin/sh\n"), 0o700)
		default:
			err = os.WriteFile(path, nil, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return root
}

func TestFind(t *testing.T) {
	// Not parallel: the working directory must hold a program that is not found.
	root := house(t, "a/other*", "b/acme*", "c/acme*", "d/acme", "e/acme/", "f/acme*", "file", "acme*", "sub/acme*")
	t.Chdir(root)
	if err := os.Symlink("../b/acme", filepath.Join(root, "a", "linked")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("nowhere", filepath.Join(root, "a", "dangling")); err != nil {
		t.Fatal(err)
	}
	in := func(name string) string { return filepath.Join(root, name) }
	tests := []struct {
		name    string
		program shellout.Program
		path    []string
		want    string // relative to root
		kind    sdk.Kind
		says    string
	}{
		{"first of PATH", shellout.Program{Name: "acme"}, []string{in("a"), in("b"), in("c")}, "b/acme", 0, ""},
		{"a folder and a file pass", shellout.Program{Name: "acme"}, []string{in("d"), in("e"), in("file"), in("nowhere"), in("c")}, "c/acme", 0, ""},
		{"extra folders last", shellout.Program{Name: "acme", Folders: []string{in("f"), "sub"}}, []string{in("a")}, "f/acme", 0, ""},
		{"link stays a link", shellout.Program{Name: "linked"}, []string{in("a")}, "a/linked", 0, ""},
		{"never here", shellout.Program{Name: "acme", Install: "get acme"}, []string{"", ".", "sub", in("a"), in("a") + "/"}, "", sdk.KindCLIMissing, "acme is not installed: it is not in PATH$"},
		{"nor in a folder of its own", shellout.Program{Name: "acme", Install: "get acme", Folders: []string{in("none"), in("a")}}, []string{in("a")}, "", sdk.KindCLIMissing, "it is not in PATH, nor is it in " + in("none") + "$"},
		{"no PATH", shellout.Program{Name: "acme", Install: "get acme"}, nil, "", sdk.KindCLIMissing, "PATH names no folder"},
		{"dangling link", shellout.Program{Name: "dangling", Install: "get acme"}, []string{in("a")}, "", sdk.KindCLIMissing, "is not installed"},
		{"not executable", shellout.Program{Name: "acme"}, []string{in("d"), in("a")}, "", sdk.KindConfiguration, in("d/acme") + " cannot be executed: permission denied"},
		{"only a folder", shellout.Program{Name: "acme"}, []string{in("e")}, "", sdk.KindConfiguration, "folder"},
		{"absolute path", shellout.Program{Name: in("c/../b/acme")}, nil, "b/acme", 0, ""},
		{"relative path", shellout.Program{Name: "./acme", Dir: in("sub")}, nil, "sub/acme", 0, ""},
		{"relative path without a folder", shellout.Program{Name: "sub/acme"}, nil, "", sdk.KindConfiguration, "not absolute"},
		{"missing path", shellout.Program{Name: in("no/acme"), Install: "get acme"}, nil, "", sdk.KindCLIMissing, "there is no program " + in("no/acme")},
		{"path of no program", shellout.Program{Name: in("file")}, nil, "", sdk.KindConfiguration, "permission denied"},
		{"no name", shellout.Program{}, []string{in("a")}, "", sdk.KindConfiguration, "no name"},
		{"NUL", shellout.Program{Name: "a\x00b"}, []string{in("a")}, "", sdk.KindConfiguration, "no name"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			environment := []string{"PATH=/nonsense", "X=1"}
			environment = append(environment, "PATH="+strings.Join(tt.path, ":"))
			got, err := tt.program.Find(environment)
			if tt.want != "" {
				if got != in(tt.want) || err != nil {
					t.Errorf("%q, %v; want %q", got, err, tt.want)
				}
				return
			}
			var e *sdk.Error
			if !errors.As(err, &e) || e.Kind != tt.kind || !strings.Contains(e.Message+"$", tt.says) {
				t.Fatalf("%q, %v (%v), want %v: %q", got, err, sdk.KindOf(err), tt.kind, tt.says)
			}
			if (e.Remedy == "get acme") != (tt.kind == sdk.KindCLIMissing) {
				t.Errorf("remedy %q", e.Remedy)
			}
		})
	}
}

// What is there and cannot be executed comes with the command that mends it.
func TestFindSaysHowToMend(t *testing.T) {
	t.Parallel()
	root := house(t, "acme", "e/acme/")
	for path, want := range map[string]string{"acme": "chmod +x " + filepath.Join(root, "acme"), "e/acme": "get acme"} {
		_, err := shellout.Program{Name: filepath.Join(root, path), Install: "get acme"}.Find(nil)
		if got := sdk.AsError(err).Remedy; got != want {
			t.Errorf("%s: remedy %q, want %q", path, got, want)
		}
	}
}
