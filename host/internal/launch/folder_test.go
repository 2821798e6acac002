package launch

import (
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

func TestFolder(t *testing.T) {
	t.Parallel()
	home := testHome(t)
	f, err := newFolder(home, nil)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(f.path, filepath.Join(home, "run")+string(filepath.Separator)) {
		t.Errorf("made at %s", f.path)
	}
	if info, err := os.Stat(f.path); err != nil || (runtime.GOOS != "windows" && info.Mode().Perm() != 0o700) {
		t.Errorf("%v, %v", info, err)
	}
	f.remove()
	f.remove()
	noFolders(t, home)
}

func TestJanitor(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("folders cannot be locked here")
	}
	home := testHome(t)
	live, err := newFolder(home, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer live.remove()
	if _, ok := lockFolder(live.path); ok {
		t.Error("a lock was given twice")
	}
	if _, ok := lockFolder(live.path + "-gone"); ok {
		t.Error("a folder that is gone was locked")
	}
	base := filepath.Dir(live.path)
	for _, name := range []string{"4711-0123abcd", "1-ffffffff", "notes", "4711-XYZ", "4711-0123abcde"} {
		if err := os.MkdirAll(filepath.Join(base, name, "plugin-dir1"), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if n := Sweep(home, nil); n != 2 {
		t.Errorf("%d folders swept, want 2", n)
	}
	for name, want := range map[string]bool{
		filepath.Base(live.path): true, "notes": true, "4711-XYZ": true, "4711-0123abcde": true, "4711-0123abcd": false, "1-ffffffff": false,
	} {
		if _, err := os.Stat(filepath.Join(base, name)); (err == nil) != want {
			t.Errorf("%s is there: %v, want %v", name, err == nil, want)
		}
	}
}

// TestStartSweeps: the next start removes what a killed host left.
func TestStartSweeps(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("folders cannot be locked here")
	}
	o := testOptions(t)
	if err := os.MkdirAll(filepath.Join(o.Home, "run", "99999-0123abcd"), 0o700); err != nil {
		t.Fatal(err)
	}
	launched(t, testPlugin(t, "good"), o)
	noFolders(t, o.Home)
}

func TestLongHome(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("no socket paths here")
	}
	long := filepath.Join(testHome(t), strings.Repeat("long", 30))
	runtimeDir := testHome(t)
	tests := map[string]struct {
		environ []string
		prefix  string
	}{
		"runtime folder":          {environ: []string{"XDG_RUNTIME_DIR=" + runtimeDir}, prefix: runtimeDir + "/jcode/"},
		"no runtime folder":       {prefix: shortTemp() + "/jcode-"},
		"long runtime folder":     {environ: []string{"XDG_RUNTIME_DIR=" + long}, prefix: shortTemp() + "/jcode-"},
		"relative runtime folder": {environ: []string{"XDG_RUNTIME_DIR=run"}, prefix: shortTemp() + "/jcode-"},
		"missing runtime folder":  {environ: []string{"XDG_RUNTIME_DIR=/nonexistent"}, prefix: shortTemp() + "/jcode-"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f, err := newFolder(long, test.environ)
			if err != nil {
				t.Fatal(err)
			}
			defer f.remove()
			if !strings.HasPrefix(f.path, test.prefix) || len(f.path) > maxSocketPath {
				t.Errorf("made at %s", f.path)
			}
		})
	}
	o := testOptions(t)
	o.Home = long
	o.Environ = append(o.Environ, "XDG_RUNTIME_DIR="+runtimeDir)
	if status, err := launched(t, testPlugin(t, "far"), o).Provider().AuthStatus(t.Context(), false); err != nil {
		t.Errorf("%v, %v", status, err)
	}
}

func TestPrivateFolder(t *testing.T) {
	t.Parallel()
	if !socketWorks {
		t.Skip("no modes here")
	}
	home := testHome(t)
	open := filepath.Join(home, "open")
	if err := os.Mkdir(open, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := makePrivate(open); err != nil {
		t.Errorf("own folder refused: %v", err)
	}
	if err := os.Chmod(open, 0o755); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(home, "link")
	if err := os.Symlink(t.TempDir(), link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{open, link, "/proc"} {
		if makePrivate(path) == nil {
			t.Errorf("%s was accepted", path)
		}
	}
}
