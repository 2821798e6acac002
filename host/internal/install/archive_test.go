package install

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchiveRefused: nothing of such an archive leaves staging.
func TestArchiveRefused(t *testing.T) {
	t.Parallel()
	many := plugin("acme", "2.0.0")
	for i := range MaxEntries {
		many = append(many, item{name: fmt.Sprintf("f%d", i), mode: 0o644})
	}
	with := func(more ...item) []item { return append(plugin("acme", "2.0.0"), more...) }
	tests := map[string]struct {
		items []item
		zip   bool
		kind  Kind
		want  string
	}{
		"parent":             {items: with(item{name: "../evil", text: "x"}), want: "leaves the folder"},
		"parent inside":      {items: with(item{name: "a/../../evil", text: "x"}), want: "leaves the folder"},
		"parent in zip":      {items: with(item{name: "../evil", text: "x"}), zip: true, want: "leaves the folder"},
		"absolute":           {items: with(item{name: "/tmp/evil", text: "x"}), want: "absolute path"},
		"backslash":          {items: with(item{name: `..\evil`, text: "x"}), want: "no file name may hold"},
		"drive":              {items: with(item{name: `C:evil`, text: "x"}), want: "no file name may hold"},
		"symlink":            {items: with(item{name: "l", kind: tar.TypeSymlink, link: "/etc/passwd"}), want: "symbolic link"},
		"symlink in zip":     {items: with(item{name: "l", kind: tar.TypeSymlink, text: "/etc/passwd"}), zip: true, want: "symbolic link"},
		"hardlink":           {items: with(item{name: "l", kind: tar.TypeLink, link: "plugin.toml"}), want: "hard link"},
		"device":             {items: with(item{name: "d", kind: tar.TypeChar}), want: "a device"},
		"pipe":               {items: with(item{name: "p", kind: tar.TypeFifo}), want: "a pipe"},
		"setuid":             {items: with(item{name: "s", text: "x", mode: 0o4755}), want: "changes its user"},
		"setgid":             {items: with(item{name: "s", text: "x", mode: 0o2755}), want: "changes its user"},
		"10 GiB bomb":        {items: with(item{name: "bomb", size: 10 << 30}), want: "more than 512 MiB"},
		"a million entries":  {items: many, want: "more than 4096 entries"},
		"many in zip":        {items: many, zip: true, want: "more than 4096 entries"},
		"case clash":         {items: with(item{name: "README", text: "x"}, item{name: "readme", text: "y"}), want: "in case only"},
		"case clash, folder": {items: with(item{name: "Doc/a", text: "x"}, item{name: "doc/b", text: "y"}), want: "in case only"},
		"CON":                {items: with(item{name: "CON", text: "x"}), want: "device on Windows"},
		"AUX with extension": {items: with(item{name: "doc/aux.txt", text: "x"}), want: "device on Windows"},
		"COM1":               {items: with(item{name: "com1", text: "x"}), want: "device on Windows"},
		"trailing dot":       {items: with(item{name: "a.", text: "x"}), want: "ends in a dot"},
		"control character":  {items: with(item{name: "a\nb", text: "x"}), want: "no file name may hold"},
		"nested archive":     {items: []item{{name: "jcode-provider-acme.tar.gz", text: "\x1f\x8bxx", mode: 0o644}}, want: "another archive"},
		"two programs": {
			items: append(plugin("acme", "2.0.0"), item{name: "b/jcode-provider-other", text: script, mode: 0o755}),
			kind:  KindManifest, want: "holds 2 programs",
		},
		"no program": {items: []item{{name: "README", text: "x", mode: 0o644}}, kind: KindManifest, want: "no program"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, folder(t, "acme", "1.0.0"))
			var path string
			if test.zip {
				path = file(t, "acme.zip", zipped(t, test.items...))
			} else {
				path = file(t, "acme.tar.gz", tarball(t, test.items...))
			}
			_, err := in.Install(t.Context(), Request{Source: path})
			kind := test.kind
			if kind == "" {
				kind = KindArchive
			}
			wantError(t, err, kind, test.want)
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
			if objects, _ := os.ReadDir(in.Store.objects()); len(objects) != 1 {
				t.Errorf("%d objects in the store", len(objects))
			}
		})
	}
}

func TestArchiveDamaged(t *testing.T) {
	t.Parallel()
	whole := tarball(t, plugin("acme", "1.0.0")...)
	for name, data := range map[string][]byte{
		"cut":     whole[:len(whole)-20],
		"garbage": append(bytes.Clone(whole[:40]), bytes.Repeat([]byte{7}, 100)...),
		"zip":     []byte("PK\x03\x04 nothing more"),
		"xz":      []byte("\xfd7zXZ\x00...."),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			_, err := in.Install(t.Context(), Request{Source: file(t, "acme.tar.gz", data)})
			wantError(t, err, KindArchive)
			wantUntouched(t, in, nil)
		})
	}
}

// TestArchiveForms are the ways in which a plugin may be packed.
func TestArchiveForms(t *testing.T) {
	t.Parallel()
	below := []item{
		{name: "acme-1.0.0", kind: tar.TypeDir, mode: 0o755},
		{name: "acme-1.0.0/jcode-provider-acme", text: script, mode: 0o755},
		{name: "acme-1.0.0/plugin.toml", text: manifest("acme", "1.0.0"), mode: 0o644},
		{name: "acme-1.0.0/lib/data.json", text: "{}", mode: 0o644},
	}
	named := []item{
		{name: "jcode-provider-acme", text: script, mode: 0o644}, // a zip file from Windows has no modes
		{name: "jcode-provider-acme.plugin.toml", text: manifest("acme", "1.0.0"), mode: 0o644},
	}
	for name, path := range map[string]func(t *testing.T) string{
		"tar.gz":           func(t *testing.T) string { return file(t, "acme.tar.gz", tarball(t, plugin("acme", "1.0.0")...)) },
		"tgz, folder":      func(t *testing.T) string { return file(t, "acme.tgz", tarball(t, below...)) },
		"zip":              func(t *testing.T) string { return file(t, "acme.zip", zipped(t, named...)) },
		"without its name": func(t *testing.T) string { return file(t, "download", tarball(t, below...)) },
		"folder":           func(t *testing.T) string { return folder(t, "acme", "1.0.0") },
		"program":          func(t *testing.T) string { return filepath.Join(folder(t, "acme", "1.0.0"), "jcode-provider-acme") },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, path(t))
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
			found, err := in.Verify()
			if err != nil || len(found) != 1 || !found[0].OK {
				t.Errorf("%+v, %v", found, err)
			}
		})
	}
}

func FuzzCheckName(f *testing.F) {
	for _, seed := range []string{"a", "../a", "/a", "a/./b", "CON", "a\\b", "a/..", strings.Repeat("a/", 600)} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		clean, err := checkName(name)
		if err == nil && (filepath.IsAbs(clean) || strings.HasPrefix(clean, "..") || !filepath.IsLocal(clean)) {
			t.Errorf("%q became %q", name, clean)
		}
	})
}

func FuzzUnpack(f *testing.F) {
	f.Add([]byte("\x1f\x8b"), false)
	f.Add([]byte("PK\x03\x04"), true)
	f.Fuzz(func(t *testing.T, data []byte, isZip bool) {
		kind := tarGzip
		if isZip {
			kind = zipFile
		}
		dir := t.TempDir()
		path := filepath.Join(dir, "a")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_ = unpack(path, kind, filepath.Join(dir, "tree", "in"))
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) > 2 {
			t.Errorf("%v, %v", entries, err)
		}
	})
}

func FuzzParseLock(f *testing.F) {
	f.Add([]byte("schema = 1\n[[plugin]]\nname = 'a'\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if lock, err := ParseLock(data); err == nil && lock == nil {
			t.Error("neither a lock nor an error")
		}
		if g, err := ParseGeneration(data); err == nil && g == nil {
			t.Error("neither a generation nor an error")
		}
	})
}

func FuzzParseChecksums(f *testing.F) {
	f.Add([]byte(strings.Repeat("ab", 32) + "  name\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for name, digest := range parseChecksums(data) {
			if name == "" || !isDigest(digest) {
				t.Errorf("%q: %q", name, digest)
			}
		}
	})
}
