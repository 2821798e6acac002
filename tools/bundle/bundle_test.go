package main

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func write(t *testing.T, content string, parts ...string) {
	t.Helper()
	path := filepath.Join(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

func read(t *testing.T, parts ...string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

func TestBundle(t *testing.T) {
	t.Parallel()
	dir, source := t.TempDir(), t.TempDir()
	write(t, "binary", dir, "jcode-provider-acme")
	write(t, "old", dir, "jcode-provider-gone.plugin.toml")
	write(t, "schema = 1\nmin_version = \"9\"\nversion = \"0.0.0\" # stamped\n[x]\nversion = \"3\"\n", source, "acme", "plugin.toml")
	write(t, "version = \"0\"\n", source, "unbuilt", "plugin.toml")
	if err := run([]string{"--dir", dir, "--source", source, "--version", "v1.2.3"}, io.Discard); err != nil {
		t.Fatal(err)
	}
	want := "schema = 1\nmin_version = \"9\"\nversion = \"1.2.3\" # stamped\n[x]\nversion = \"3\"\n"
	if got := read(t, dir, "jcode-provider-acme.plugin.toml"); got != want {
		t.Errorf("manifest\n%s", got)
	}
	sum := sha256.Sum256([]byte("binary"))
	lock := read(t, dir, lockFile)
	for _, part := range []string{"schema = 1\n", `name = "acme"`, `version = "1.2.3"`, `file = "jcode-provider-acme"`, "size = 6\n", hex.EncodeToString(sum[:])} {
		if !strings.Contains(lock, part) {
			t.Errorf("%s is not in\n%s", part, lock)
		}
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 3 {
		t.Errorf("%d files, %v", len(entries), err)
	}
}

func TestBundleErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		prepare func(dir, source string)
		args    []string
		want    string
	}{
		"no version":    {want: "--version is missing"},
		"nothing built": {args: []string{"--version", "1.0.0"}, want: "no jcode-provider-*"},
		"no manifest":   {args: []string{"--version", "1.0.0"}, prepare: func(dir, _ string) { write(t, "x", dir, "jcode-provider-acme") }, want: "manifest of acme"},
		"nothing to mark": {args: []string{"--version", "1.0.0"}, prepare: func(dir, source string) {
			write(t, "x", dir, "jcode-provider-acme")
			write(t, "schema = 1\n", source, "acme", "plugin.toml")
		}, want: "no version line"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir, source := t.TempDir(), t.TempDir()
			if test.prepare != nil {
				test.prepare(dir, source)
			}
			err := run(append([]string{"--dir", dir, "--source", source}, test.args...), io.Discard)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

func TestSemantic(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3": "1.2.3", "v1.2.3-4-gabcdef": "1.2.3-4-gabcdef", "abcdef-dirty": "0.0.0-dev+abcdef-dirty", "dev": "0.0.0-dev+dev",
	} {
		if got := semantic(in); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// The host reads this digest: its package blockhash has the same vector.
func TestBlockDigest(t *testing.T) {
	t.Parallel()
	data := make([]byte, 3<<20+5)
	for i := range data {
		data[i] = byte(i * 7 / 3)
	}
	path := filepath.Join(t.TempDir(), "program")
	write(t, string(data), path)
	const want = "4609aea4113083458a893aecb88a72bdfbe1f1a56bc34a605f24e58f114c1120"
	if got, err := blockDigest(path, int64(len(data)), "00ff"); err != nil || got != want {
		t.Errorf("got %s, %v; want %s", got, err, want)
	}
}
