//go:build linux || darwin

package discover

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// standInStore has one plugin, whose file and whose record a test changes. It counts how
// often it was read.
type standInStore struct {
	record, program string
	reads           int
	rows            []Plugin
}

func (s *standInStore) Rows(string, []int) ([]Plugin, []string) {
	s.reads++
	return s.rows, nil
}

func (s *standInStore) Files() []string { return []string{s.record} }

// host is a folder as a jcode that is installed has it.
type installation struct {
	options Options
	store   *standInStore
	bundled string
}

func writeFile(t *testing.T, path, text string, mode os.FileMode) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), mode); err != nil {
		t.Fatal(err)
	}
}

func newInstallation(t *testing.T) *installation {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	in := &installation{
		bundled: filepath.Join(dir, "bin", "plugins", "jcode-provider-acme"),
		store: &standInStore{
			record:  filepath.Join(dir, "home", "plugins", "current"),
			program: filepath.Join(dir, "home", "plugins", "store", "jcode-provider-else"),
		},
	}
	in.store.rows = []Plugin{{Name: "else", Source: SourceInstalled, Status: StatusOK, Path: in.store.program}}
	in.options = Options{
		Executable: filepath.Join(dir, "bin", "jcode"), HostVersion: "1.2.3", HostProtocols: []int{1},
		Store: in.store, CacheDir: filepath.Join(dir, "home", "cache"),
	}
	writeFile(t, in.options.Executable, "#!/bin/sh\n", 0o755)
	writeFile(t, in.bundled, "#!/bin/sh\n", 0o755)
	writeFile(t, in.bundled+manifestSuffix, "schema = 1\nname = \"acme\"\nversion = \"1.0.0\"\nkind = \"http\"\nprotocol = [1]\n", 0o644)
	writeFile(t, in.store.program, "#!/bin/sh\n", 0o555)
	writeFile(t, in.store.record, "1", 0o600)
	if _, ok := fingerprint.Trusted(in.bundled); !ok {
		t.Skip("a file system without a time of change")
	}
	return in
}

// memory is the memory of the installation, for which every file is settled: a test does
// not wait.
func (in *installation) memory() memory {
	m := in.options.memory()
	m.settled = func(fingerprint.File, time.Time) bool { return true }
	return m
}

// keep searches, and keeps what was found.
func (in *installation) keep(t *testing.T) []Plugin {
	t.Helper()
	rows, _ := search(in.options)
	if len(rows) != 2 || rows[0].Status != StatusOK || rows[0].Version != "1.0.0" {
		t.Fatalf("%+v", rows)
	}
	in.memory().keep(rows, in.options.dependsOn(rows), time.Now())
	return rows
}

func TestRowsAreRecalled(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	if _, ok := in.memory().recall(); ok {
		t.Fatal("recalled what was never kept")
	}
	want := in.keep(t)
	got, ok := in.memory().recall()
	if diff := cmp.Diff(want, got, unexported); !ok || diff != "" {
		t.Fatalf("%v %s", ok, diff)
	}
	if rows := List(in.options); in.store.reads != 1 || !cmp.Equal(want, rows, unexported) {
		t.Errorf("the store was read %d times: %+v", in.store.reads, rows)
	}
}

// Whatever changes that a row depends on, the next search is a new one.
func TestChangesAreSeen(t *testing.T) {
	t.Parallel()
	// tick changes a file until the system's clock shows it.
	tick := func(t *testing.T, path string, change func()) {
		was, _ := fingerprint.At(path)
		for now := was; now == was; now, _ = fingerprint.At(path) {
			change()
		}
	}
	rewrite := func(t *testing.T, path, text string) {
		tick(t, path, func() {
			writeFile(t, path+".new", text, 0o755)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		})
	}
	tests := map[string]func(t *testing.T, in *installation){
		"another host": func(t *testing.T, in *installation) { rewrite(t, in.options.Executable, "#!/bin/sh\n") },
		"the program":  func(t *testing.T, in *installation) { rewrite(t, in.bundled, "#!/bin/bash\n") },
		"the manifest": func(t *testing.T, in *installation) {
			rewrite(t, in.bundled+manifestSuffix, "schema = 1\nname = \"acme\"\nversion = \"1.0.1\"\nkind = \"http\"\nprotocol = [1]\n")
		},
		"its times set back": func(t *testing.T, in *installation) {
			path := in.bundled + manifestSuffix
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			tick(t, path, func() {
				writeFile(t, path, "schema = 1\nname = \"acme\"\nversion = \"1.0.1\"\nkind = \"http\"\nprotocol = [1]\n", 0o644)
				if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
					t.Fatal(err)
				}
			})
		},
		"not executable": func(t *testing.T, in *installation) {
			tick(t, in.bundled, func() {
				if err := os.Chmod(in.bundled, 0o644); err != nil {
					t.Fatal(err)
				}
			})
		},
		"a lock beside it": func(t *testing.T, in *installation) {
			writeFile(t, filepath.Join(filepath.Dir(in.bundled), LockFile), "schema = 1\n", 0o644)
		},
		"one more plugin": func(t *testing.T, in *installation) {
			writeFile(t, filepath.Join(filepath.Dir(in.bundled), Prefix+"more"), "#!/bin/sh\n", 0o755)
		},
		"one less": func(t *testing.T, in *installation) {
			if err := os.Remove(in.bundled); err != nil {
				t.Fatal(err)
			}
		},
		"another folder of the host": func(t *testing.T, in *installation) {
			folder := filepath.Join(filepath.Dir(filepath.Dir(in.options.Executable)), "libexec", "jcode", "plugins")
			writeFile(t, filepath.Join(folder, Prefix+"more"), "#!/bin/sh\n", 0o755)
		},
		"the store's record": func(t *testing.T, in *installation) { rewrite(t, in.store.record, "2") },
		"an installed program gone": func(t *testing.T, in *installation) {
			if err := os.Remove(in.store.program); err != nil {
				t.Fatal(err)
			}
		},
		"another version": func(_ *testing.T, in *installation) { in.options.HostVersion = "1.2.4" },
		"another protocol": func(_ *testing.T, in *installation) {
			in.options.HostProtocols = []int{1, 2}
		},
		"a copied home": func(_ *testing.T, in *installation) {
			copied := filepath.Join(filepath.Dir(filepath.Dir(in.options.CacheDir)), "copy", "cache")
			if err := os.CopyFS(copied, os.DirFS(in.options.CacheDir)); err != nil {
				panic(err)
			}
			in.options.CacheDir = copied
		},
		"no store":      func(_ *testing.T, in *installation) { in.options.Store = nil },
		"a search path": func(_ *testing.T, in *installation) { in.options.SearchPath = "/nowhere" },
		"a flag":        func(_ *testing.T, in *installation) { in.options.Overrides = []Override{{Name: "acme", Path: "/x"}} },
		"a plugin that is written": func(_ *testing.T, in *installation) {
			in.options.Dev = []DevOverride{{Name: "acme", Path: "/x"}}
		},
		"no cache": func(_ *testing.T, in *installation) { in.options.CacheDir = "" },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			in.keep(t)
			change(t, in)
			if rows, ok := in.memory().recall(); ok {
				t.Errorf("recalled %+v", rows)
			}
		})
	}
}

// A file that is edited leaves its folder as it is.
func TestEditsAreSeen(t *testing.T) {
	t.Parallel()
	lock := "schema = 1\n[[plugin]]\nname = \"acme\"\nversion = \"1.0.0\"\nfile = \"jcode-provider-acme\"\nsha256 = \"" +
		strings.Repeat("0", 64) + "\"\n"
	tests := map[string]struct{ file, was, now string }{
		"the lock":             {LockFile, lock, strings.ReplaceAll(lock, "0000", "1111")},
		"a folder's manifest":  {manifestName, "a", "b"},
		"a program's manifest": {"jcode-provider-acme" + manifestSuffix, "", "#"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			path := filepath.Join(filepath.Dir(in.bundled), test.file)
			if test.was != "" {
				writeFile(t, path, test.was, 0o644)
			}
			in.keep(t)
			if _, ok := in.memory().recall(); !ok {
				t.Fatal("not kept")
			}
			was, _ := fingerprint.At(path)
			for now := was; now == was; now, _ = fingerprint.At(path) {
				writeFile(t, path, test.now, 0o644)
			}
			if rows, ok := in.memory().recall(); ok {
				t.Errorf("recalled %+v", rows)
			}
		})
	}
}

// Every upgrade is another version of the host, and none leaves a file behind.
func TestOneFileForAHost(t *testing.T) {
	t.Parallel()
	in := newInstallation(t)
	in.keep(t)
	in.options.HostVersion = "1.2.4"
	in.keep(t)
	entries, err := os.ReadDir(filepath.Join(in.options.CacheDir, ".listing"))
	if err != nil || len(entries) != 1 {
		t.Errorf("%v, %d files of two versions", err, len(entries))
	}
	if _, ok := in.memory().recall(); !ok {
		t.Error("the last version's rows are not kept")
	}
}

// What could change unseen, or may be readable next time, is not kept.
func TestNotKept(t *testing.T) {
	t.Parallel()
	tests := map[string]func(m *memory){
		"just written": func(m *memory) { m.settled = fingerprint.File.SettledBefore },
		"a program just written": func(m *memory) {
			m.settled = func(f fingerprint.File, _ time.Time) bool { return f.Size != int64(len("#!/bin/sh\n")) }
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			rows, _ := search(in.options)
			files := in.options.dependsOn(rows)
			m := in.memory()
			change(&m)
			m.keep(rows, files, time.Now())
			if _, err := os.Stat(in.options.CacheDir); !os.IsNotExist(err) {
				t.Errorf("kept: %v", err)
			}
		})
	}
}

// What is taken away between the search and the look at its files was not away all along.
func TestTakenAwayMeanwhile(t *testing.T) {
	t.Parallel()
	tests := map[string]func(in *installation) string{
		"a program":     func(in *installation) string { return in.store.program },
		"its folder":    func(in *installation) string { return filepath.Dir(in.store.program) },
		"the record":    func(in *installation) string { return in.store.record },
		"a whole store": func(in *installation) string { return filepath.Dir(in.store.record) },
	}
	for name, what := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			rows, _ := search(in.options)
			if err := os.RemoveAll(what(in)); err != nil {
				t.Fatal(err)
			}
			changed, ok := fingerprint.At(filepath.Dir(what(in)))
			if !ok {
				t.Fatal("no folder")
			}
			m := in.memory()
			m.settled = func(f fingerprint.File, _ time.Time) bool { return f != changed }
			m.keep(rows, in.options.dependsOn(rows), time.Now())
			if _, ok := m.recall(); ok {
				t.Error("kept")
			}
		})
	}
}

// What could not be read may be readable next time, also where another row hides it.
func TestBrokenIsNotWhole(t *testing.T) {
	t.Parallel()
	broken := func(in *installation, name string) {
		in.store.rows = []Plugin{{Name: name, Source: SourceInstalled, Status: StatusBroken, Path: in.store.program}}
	}
	tests := map[string]struct {
		change func(t *testing.T, in *installation)
		want   bool
	}{
		"sound":            {func(*testing.T, *installation) {}, true},
		"a bundled one":    {func(t *testing.T, in *installation) { writeFile(t, in.bundled+manifestSuffix, "schema = 1\n", 0o644) }, false},
		"an installed one": {func(_ *testing.T, in *installation) { broken(in, "else") }, false},
		"one that is blocked": {func(_ *testing.T, in *installation) {
			broken(in, "acme")
		}, false},
		"one that is shadowed": {func(t *testing.T, in *installation) {
			folder := filepath.Join(filepath.Dir(filepath.Dir(in.options.Executable)), "libexec", "jcode", "plugins")
			writeFile(t, filepath.Join(folder, Prefix+"acme"), "#!/bin/sh\n", 0o644)
		}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			test.change(t, in)
			if rows, whole := search(in.options); whole != test.want {
				t.Errorf("whole: %v, %+v", whole, rows)
			}
		})
	}
}
