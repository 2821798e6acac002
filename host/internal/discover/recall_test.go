//go:build linux || darwin

package discover

import (
	"os"
	"path/filepath"
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
	rows := search(in.options)
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

// What could change unseen, or may be readable next time, is not kept.
func TestNotKept(t *testing.T) {
	t.Parallel()
	tests := map[string]func(m *memory, rows []Plugin){
		"just written": func(m *memory, _ []Plugin) { m.settled = fingerprint.File.SettledBefore },
		"a broken row": func(_ *memory, rows []Plugin) { rows[0].Status = StatusBroken },
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := newInstallation(t)
			rows := search(in.options)
			files := in.options.dependsOn(rows)
			m := in.memory()
			change(&m, rows)
			m.keep(rows, files, time.Now())
			if _, err := os.Stat(in.options.CacheDir); !os.IsNotExist(err) {
				t.Errorf("kept: %v", err)
			}
		})
	}
}
