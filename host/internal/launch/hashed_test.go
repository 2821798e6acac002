//go:build linux || darwin

package launch

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/host/internal/fingerprint"
)

// hashedBy opens and hashes the program at path.
func hashedBy(t *testing.T, m memory, path, locked string) *binary {
	t.Helper()
	b, err := openBinary(path)
	if err != nil {
		t.Fatal(err)
	}
	defer b.close()
	b.hash(locked, "", m)
	if b.err != nil {
		t.Fatal(b.err)
	}
	return b
}

func lookAt(t *testing.T, path string) fingerprint.File {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	seen, ok := fingerprint.Of(f)
	if !ok {
		t.Skip("a file system without a time of change:", path)
	}
	return seen
}

func TestUnchangedProgramIsRemembered(t *testing.T) {
	t.Parallel()
	const first, other = "#!/bin/sh\nexit 0\n", "#!/bin/sh\nexit 1\n"
	write := func(t *testing.T, path, text string) {
		if err := os.WriteFile(path, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	tests := map[string]struct {
		change func(t *testing.T, path string)
		settle time.Duration
		want   bool
	}{
		"unchanged": {change: func(*testing.T, string) {}, want: true},
		"another byte, the old times": {change: func(t *testing.T, path string) {
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			for was := lookAt(t, path); lookAt(t, path).Changed == was.Changed; { // the system's clock ticks
				write(t, path, other)
			}
			if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
				t.Fatal(err)
			}
		}},
		"another file of the same content": {change: func(t *testing.T, path string) {
			write(t, path+".new", first)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}},
		"hashed right after it was written": {change: func(*testing.T, string) {}, settle: time.Hour},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, "program")
			write(t, path, first)
			_ = lookAt(t, path) // skips where there is nothing to remember by
			locked := digestOf(t, path)
			m := memory{path: filepath.Join(dir, "cache", "x.json"), settled: test.settle}
			if b := hashedBy(t, m, path, locked); b.remembered || b.digest != locked {
				t.Fatalf("first start: %+v", b)
			}
			test.change(t, path)
			b := hashedBy(t, m, path, locked)
			if b.remembered != test.want || b.digest != digestOf(t, path) {
				t.Errorf("second start: remembered %v, digest %s", b.remembered, b.digest)
			}
			if b := hashedBy(t, m, path, "0000"); b.remembered {
				t.Error("remembered under another locked digest")
			}
		})
	}
}

func TestMemoryHolds(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	file := fingerprint.File{Device: 1, Inode: 2, Size: 3, Modified: 4, Changed: 5}
	but := func(change func(*fingerprint.File)) fingerprint.File {
		other := file
		change(&other)
		return other
	}
	last := hashedFile{File: file, SHA256: "a", At: at}
	tests := map[string]struct {
		now    fingerprint.File
		locked string
		at     time.Time
		want   bool
	}{
		"at once":        {file, "a", at, true},
		"within a day":   {file, "a", at.Add(hashedFor - 1), true},
		"after a day":    {file, "a", at.Add(hashedFor), false},
		"clock set back": {file, "a", at.Add(-1), false},
		"another lock":   {file, "b", at, false},
		"device":         {but(func(f *fingerprint.File) { f.Device = 9 }), "a", at, false},
		"inode":          {but(func(f *fingerprint.File) { f.Inode = 9 }), "a", at, false},
		"size":           {but(func(f *fingerprint.File) { f.Size = 9 }), "a", at, false},
		"modified":       {but(func(f *fingerprint.File) { f.Modified = 9 }), "a", at, false},
		"changed":        {but(func(f *fingerprint.File) { f.Changed = 9 }), "a", at, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := last.holds(test.now, test.locked, test.at); got != test.want {
				t.Errorf("holds: %v", got)
			}
		})
	}
}

func TestWhoIsRemembered(t *testing.T) {
	t.Parallel()
	bundled := discover.Plugin{Name: "acme", Source: discover.SourceBundled, LockedSHA256: "a"}
	installed, unlocked := bundled, bundled
	installed.Source, unlocked.LockedSHA256 = discover.SourceInstalled, ""
	tests := map[string]struct {
		plugin  discover.Plugin
		options Options
		want    bool
	}{
		"bundled":              {bundled, Options{Home: "/home"}, true},
		"bundled, for doctor":  {bundled, Options{Home: "/home", HashAlways: true}, false},
		"bundled without lock": {unlocked, Options{Home: "/home"}, false},
		"installed":            {installed, Options{Home: "/home"}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := memoryFor(test.plugin, test.options); (got.path != "") != test.want || test.want && got.settled != 2*time.Second {
				t.Errorf("%+v", got)
			}
		})
	}
}
