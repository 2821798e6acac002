package discover

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// tree is a folder that looks like an installed jcode.
type tree struct {
	t    *testing.T
	root string
}

func newTree(t *testing.T) tree {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return tree{t: t, root: root}
}

func (tr tree) path(parts ...string) string {
	return filepath.Join(append([]string{tr.root}, parts...)...)
}

func (tr tree) write(mode os.FileMode, content string, parts ...string) string {
	tr.t.Helper()
	path := tr.path(parts...)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		tr.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		tr.t.Fatal(err)
	}
	return path
}

const script = "#!/bin/sh\nexit 0\n"

// plugin writes a plugin that is a script; nothing here executes it.
func (tr tree) plugin(parts ...string) string { return tr.write(0o700, script, parts...) }

func manifest(name string, more ...string) string {
	return fmt.Sprintf("schema = 1\nname = %q\nversion = \"1.2.3\"\ndisplay = \"The %s\"\nprotocol = [1]\nkind = \"http\"\nrank = 7\n%s\n",
		name, name, strings.Join(more, "\n"))
}

func lockEntry(name string, size int) string {
	return fmt.Sprintf("[[plugin]]\nname = %q\nversion = \"1\"\nfile = \"jcode-provider-%s\"\nsize = %d\nsha256 = %q\n", name, name, size, strings.Repeat("a", 64))
}

func (tr tree) options() Options {
	return Options{Executable: tr.path("bin", "jcode"), HostVersion: "1.0.0", HostProtocols: []int{1}}
}

func row(t *testing.T, rows []Plugin, path string) Plugin {
	t.Helper()
	for _, r := range rows {
		if r.Path == path {
			return r
		}
	}
	t.Fatalf("no row for %s in %+v", path, rows)
	return Plugin{}
}

func skipWindows(t *testing.T) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("scripts are no programs there")
	}
}

func TestOrder(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	flag := tr.plugin("elsewhere", "my-acme")
	first := tr.plugin("first", "jcode-provider-acme")
	second := tr.plugin("second", "jcode-provider-acme")
	beside := tr.plugin("bin", "plugins", "jcode-provider-acme")
	libexec := tr.plugin("libexec", "jcode", "plugins", "jcode-provider-acme")
	o := tr.options()
	o.SearchPath = strings.Join([]string{tr.path("first"), "", tr.path("first"), tr.path("second")}, string(os.PathListSeparator))
	order := []string{flag, first, second, beside, libexec}
	o.Overrides = []Override{{Name: "acme", Path: flag}}
	for i, winner := range order {
		rows := List(o)
		if len(rows) != len(order)-i {
			t.Fatalf("%d rows, want %d: %+v", len(rows), len(order)-i, rows)
		}
		for j, r := range rows {
			if r.Path != order[i+j] {
				t.Errorf("row %d is %s, want %s", j, r.Path, order[i+j])
			}
			if want := j == 0; (r.Status == StatusOK) != want || (r.Status == StatusShadowed) == want {
				t.Errorf("%s is %s: %s", r.Path, r.Status, r.Reason)
			}
			if j > 0 && !strings.Contains(r.Reason, winner+" comes first: "+precedence[rows[0].Source]) {
				t.Errorf("reason %q", r.Reason)
			}
		}
		got, err := Resolve("acme", o)
		if err != nil || got.Path != winner {
			t.Errorf("resolved %s, %v; want %s", got.Path, err, winner)
		}
		o.Overrides = nil // take the winner away
		if i > 0 {
			_ = os.Remove(winner)
		}
	}
	if _, err := Resolve("acme", o); err == nil {
		t.Error("found after all were removed")
	}
}

// TestNeverLooksElsewhere: not in the working directory, not on PATH.
func TestNeverLooksElsewhere(t *testing.T) {
	skipWindows(t)
	tr := newTree(t)
	tr.plugin("jcode-provider-acme")
	tr.plugin("plugins", "jcode-provider-acme")
	t.Chdir(tr.root)
	t.Setenv("PATH", tr.root)
	t.Setenv("JCODE_PLUGIN_PATH", tr.root) // the caller passes it on, or does not
	for _, path := range []string{"", ".", "plugins", "::"} {
		o := tr.options()
		o.SearchPath = path
		for _, r := range List(o) {
			if r.Status != StatusBroken || !strings.Contains(r.Reason, "not an absolute path") {
				t.Errorf("search path %q found %+v", path, r)
			}
		}
	}
}

func TestExecutableIsALink(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	tr.write(0o700, script, "opt", "jcode", "bin", "jcode")
	want := tr.plugin("opt", "jcode", "bin", "plugins", "jcode-provider-acme")
	link := tr.path("usr-bin-jcode")
	if err := os.Symlink(tr.path("opt", "jcode", "bin", "jcode"), link); err != nil {
		t.Fatal(err)
	}
	o := tr.options()
	o.Executable = link
	if p, err := Resolve("acme", o); err != nil || p.Path != want || p.Source != SourceBundled {
		t.Errorf("%+v, %v", p, err)
	}
}

func TestBrokenRows(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	otherMachine := func() string {
		b := make([]byte, 64)
		copy(b, "\x7fELF\x02\x01\x01")
		b[18] = 0xb7
		if runtime.GOARCH == "arm64" {
			b[18] = 0x3e
		}
		return string(b)
	}
	tests := map[string]struct {
		name, content, manifest string
		mode                    os.FileMode
		status                  Status
		reason                  string
	}{
		"sound":              {name: "acme", content: script, status: StatusOK},
		"with manifest":      {name: "acme", content: script, manifest: manifest("acme"), status: StatusOK},
		"not executable":     {name: "acme", content: script, mode: 0o600, status: StatusBroken, reason: "not executable"},
		"wrong architecture": {name: "acme", content: otherMachine(), status: StatusBroken, reason: "wrong architecture"},
		"no program":         {name: "acme", content: "hello", status: StatusBroken, reason: "not a program"},
		"empty":              {name: "acme", content: "", status: StatusBroken, reason: "not a program"},
		"bad name":           {name: "Acme_X", content: script, status: StatusBroken, reason: `bad name "Acme_X"`},
		"short name":         {name: "a", content: script, status: StatusBroken, reason: "bad name"},
		"bad manifest":       {name: "acme", content: script, manifest: manifest("acme", "color = \"red\""), status: StatusBroken, reason: `jcode-provider-acme.plugin.toml:8:1: unknown key "color"`},
		"another's manifest": {name: "acme", content: script, manifest: manifest("other"), status: StatusBroken, reason: `is for plugin "other"`},
		"protocol":           {name: "acme", content: script, manifest: strings.Replace(manifest("acme"), "[1]", "[4, 5]", 1), status: StatusBroken, reason: "speaks protocol 4-5, this jcode speaks 1"},
		"newer host":         {name: "acme", content: script, manifest: manifest("acme", `min_host = "1.3.0"`), status: StatusBlocked, reason: "needs jcode 1.3.0, this is 1.0.0"},
		"older host":         {name: "acme", content: script, manifest: manifest("acme", `min_host = "0.9.0"`), status: StatusOK},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t)
			mode := test.mode
			if mode == 0 {
				mode = 0o700
			}
			path := tr.write(mode, test.content, "p", Prefix+test.name)
			if test.manifest != "" {
				tr.write(0o600, test.manifest, "p", Prefix+test.name+manifestSuffix)
			}
			o := tr.options()
			o.SearchPath = tr.path("p")
			r := row(t, List(o), path)
			if r.Status != test.status || !strings.Contains(r.Reason, test.reason) {
				t.Errorf("%s: %s", r.Status, r.Reason)
			}
			if r.Trust != TrustUnverified || r.Source != SourcePath {
				t.Errorf("trust %q, source %q", r.Trust, r.Source)
			}
			_, err := Resolve(test.name, o)
			var unusable *UnusableError
			if (err == nil) != (test.status == StatusOK) || (err != nil && !errors.As(err, &unusable)) {
				t.Errorf("resolve: %v", err)
			}
		})
	}
}

func TestABrokenOneIsNotPassedOver(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	broken := tr.write(0o600, script, "p", "jcode-provider-acme")
	good := tr.plugin("bin", "plugins", "jcode-provider-acme")
	o := tr.options()
	o.SearchPath = tr.path("p")
	_, err := Resolve("acme", o)
	if err == nil || !strings.Contains(err.Error(), broken) || !strings.Contains(err.Error(), "not executable") {
		t.Errorf("error %v", err)
	}
	if r := row(t, List(o), good); r.Status != StatusShadowed || !strings.Contains(r.Reason, "that one is broken: not executable") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

func TestManifestPlaces(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	alone := tr.plugin("alone", "jcode-provider-acme")
	tr.write(0o600, manifest("acme"), "alone", "plugin.toml")
	both := tr.plugin("both", "jcode-provider-acme")
	tr.plugin("both", "jcode-provider-other")
	tr.write(0o600, manifest("acme"), "both", "plugin.toml")
	for path, want := range map[string]string{alone: "1.2.3", both: ""} {
		o := tr.options()
		o.SearchPath = filepath.Dir(path)
		if r := row(t, List(o), path); r.Version != want || r.Status != StatusOK {
			t.Errorf("%s: version %q, %s %s", path, r.Version, r.Status, r.Reason)
		}
	}
	o := tr.options()
	o.Overrides = []Override{{Name: "acme", Path: alone}}
	if r := row(t, List(o), alone); r.Display != "The acme" || r.Rank != 7 || r.Kind != KindHTTP || r.Trust != TrustUnverified {
		t.Errorf("%+v", r)
	}
}

func TestLockedRows(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tests := map[string]struct {
		lock, trust, reason string
		status              Status
		rows                int
	}{
		"none":         {trust: TrustNoLock, status: StatusOK, rows: 1},
		"matching":     {lock: "schema = 1\n" + lockEntry("acme", len(script)), trust: TrustVerified, status: StatusOK, rows: 1},
		"other size":   {lock: "schema = 1\n" + lockEntry("acme", 5), trust: TrustModified, status: StatusBroken, reason: "modified: 17 bytes, plugins.lock says 5", rows: 1},
		"not named":    {lock: "schema = 1\n", trust: TrustNoLock, status: StatusBroken, reason: "not in plugins.lock", rows: 1},
		"one missing":  {lock: "schema = 1\n" + lockEntry("acme", len(script)) + lockEntry("gone", 1), trust: TrustVerified, status: StatusOK, rows: 2},
		"bad lock":     {lock: "schema = 1\ncolour = 3\n", trust: TrustNoLock, status: StatusBroken, reason: `plugins.lock:2:1: unknown key "colour"`, rows: 1},
		"bad entry":    {lock: "schema = 1\n[[plugin]]\nname = \"acme\"\nfile = \"../x\"\n", trust: TrustNoLock, status: StatusBroken, reason: "bad name, file or digest", rows: 1},
		"other schema": {lock: "schema = 2\n", trust: TrustNoLock, status: StatusBroken, reason: "schema 2 is not 1", rows: 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTree(t)
			path := tr.plugin("bin", "plugins", "jcode-provider-acme")
			if test.lock != "" {
				tr.write(0o600, test.lock, "bin", "plugins", LockFile)
			}
			rows := List(tr.options())
			r := row(t, rows, path)
			if r.Trust != test.trust || r.Status != test.status || !strings.Contains(r.Reason, test.reason) || len(rows) != test.rows {
				t.Errorf("%d rows; %s, %s: %s", len(rows), r.Trust, r.Status, r.Reason)
			}
			if (r.LockedSHA256 != "") != strings.Contains(test.lock, strings.Repeat("a", 64)) {
				t.Errorf("locked digest %q", r.LockedSHA256)
			}
		})
	}
}

func TestBuildInfo(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	// This test binary is a Go program without the SDK's plugin half, perhaps
	// with the SDK: what counts is that it is read at all.
	r := row(t, List(Options{Overrides: []Override{{Name: "acme", Path: self}}, HostProtocols: []int{1}}), self)
	if r.Status != StatusOK || r.Version == "" || r.Size == 0 || r.Script {
		t.Errorf("%+v", r)
	}
	for sdk, want := range map[string][]int{"": nil, Devel: {1, 2}, "0.3.1": {1}, "1.9.0": {1}, "2.0.0": nil} {
		if diff := cmp.Diff(want, sdkProtocols(sdk, []int{1, 2})); diff != "" {
			t.Errorf("sdk %q: %s", sdk, diff)
		}
	}
}

func TestResolveHelps(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	for _, name := range []string{"acme", "delta", "omega"} {
		tr.plugin("bin", "plugins", Prefix+name)
	}
	tests := map[string]string{
		"acm":     "did you mean acme?",
		"ackme":   "did you mean acme?",
		"del":     "did you mean delta?",
		"zzzzzzz": "found: acme, delta, omega",
	}
	for name, want := range tests {
		_, err := Resolve(name, tr.options())
		var missing *NotFoundError
		if !errors.As(err, &missing) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Resolve("acme", Options{}); err == nil || !strings.Contains(err.Error(), "no plugin was found at all") {
		t.Errorf("error %v", err)
	}
}

func TestDuplicateFlag(t *testing.T) {
	t.Parallel()
	skipWindows(t)
	tr := newTree(t)
	one, two := tr.plugin("one"), tr.plugin("two")
	rows := List(Options{Overrides: []Override{{"acme", one}, {"acme", two}}, HostProtocols: []int{1}})
	if r := row(t, rows, two); r.Status != StatusBroken || !strings.Contains(r.Reason, "twice") {
		t.Errorf("%s: %s", r.Status, r.Reason)
	}
}

// TestJSON pins the field names.
func TestJSON(t *testing.T) {
	t.Parallel()
	data, err := json.Marshal(Plugin{Protocol: []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"name":"","display":"","version":"","protocol":[1],"sdk_version":"","source":"","path":"","status":"","kind":"","experimental":false,"rank":0,"trust":"","size":0}`
	if string(data) != want {
		t.Errorf("%s\nwant %s", data, want)
	}
}

func TestFormatProtocols(t *testing.T) {
	t.Parallel()
	for want, versions := range map[string][]int{"unknown": nil, "1": {1}, "1-3": {3, 1, 2}, "1, 4": {4, 1}, "2": {2, 2}} {
		if got := FormatProtocols(versions); got != want {
			t.Errorf("%v: %q, want %q", versions, got, want)
		}
	}
}

func BenchmarkList(b *testing.B) {
	self, err := os.Executable()
	if err != nil {
		b.Fatal(err)
	}
	dir := b.TempDir()
	for _, name := range []string{"a1", "a2", "a3", "a4", "a5"} {
		if err := os.Symlink(self, filepath.Join(dir, Prefix+name)); err != nil {
			b.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, Prefix+name+manifestSuffix), []byte(manifest(name)), 0o600); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if rows := List(Options{SearchPath: dir, HostProtocols: []int{1}}); len(rows) != 5 || rows[0].Status != StatusOK {
			b.Fatal(rows)
		}
	}
}
