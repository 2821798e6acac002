package author

import (
	"bufio"
	"context"
	"errors"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// ownRole makes this binary own an override of JCODE_HOME until it is killed.
const ownRole = "AUTHOR_TEST_OWN"

func TestMain(m *testing.M) {
	if home := os.Getenv(ownRole); home != "" {
		o, err := Own(context.Background(), home, "acme", "/src/acme")
		if err == nil {
			err = o.Set("/src/acme/bin/jcode-provider-acme")
		}
		_, _ = os.Stdout.WriteString(errorText(err) + "\n")
		select {}
	}
	os.Exit(m.Run())
}

func errorText(err error) string {
	if err != nil {
		return err.Error()
	}
	return "owned"
}

func sdkFolder(t *testing.T) string {
	t.Helper()
	folder, err := filepath.Abs("../../../sdk")
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

func TestNamesMakeValidModules(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]struct{ pkg, variable, display string }{
		"acme":      {"acme", "ACME", "Acme"},
		"my-model":  {"mymodel", "MY_MODEL", "My Model"},
		"type":      {"typeprovider", "TYPE", "Type"},
		"sdk":       {"sdkprovider", "SDK", "Sdk"},
		"my-test":   {"mytestprovider", "MY_TEST", "My Test"},
		"a--b-":     {"ab", "A__B", "A B"},
		"acme-name": {"acmename", "ACME_NAME", "Acme Name"},
	} {
		for _, kind := range kinds {
			t.Run(name+"/"+kind, func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "made")
				made, err := New(t.Context(), Request{Name: name, Kind: kind, SDK: sdkFolder(t), Dir: dir})
				if err != nil {
					t.Fatal(err)
				}
				checkModule(t, made, want.pkg)
				manifest, _, err := discover.ParseManifest([]byte(read(t, filepath.Join(dir, "plugin.toml"))))
				if err != nil || manifest.Name != name || manifest.Kind != kind || manifest.Display != want.display {
					t.Errorf("manifest %+v, %v", manifest, err)
				}
				if !manifest.Environment.Declares(want.variable + "_API_KEY") {
					t.Errorf("variables %v", manifest.Environment.Variables)
				}
			})
		}
	}
}

// checkModule looks for what the names left over, and parses what is Go.
func checkModule(t *testing.T, made Made, pkg string) {
	t.Helper()
	for _, path := range made.Files {
		text := read(t, filepath.Join(made.Dir, path))
		for _, left := range []string{"internal/author", "MODULE-PATH"} {
			if strings.Contains(text, left) {
				t.Errorf("%s still says %s", path, left)
			}
		}
		if made.Name != "acme-name" && (strings.Contains(text, "acme-name") || strings.Contains(text, "ACME_NAME") || strings.Contains(text, "acmename")) {
			t.Errorf("%s still has the template's name", path)
		}
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, text, parser.SkipObjectResolution)
		if err != nil {
			t.Error(err)
		} else if !strings.Contains(path, "/") && strings.TrimSuffix(file.Name.Name, "_test") != pkg {
			t.Errorf("%s is package %s, not %s", path, file.Name.Name, pkg)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	full, file := t.TempDir(), filepath.Join(t.TempDir(), "file")
	for _, path := range []string{filepath.Join(full, "mine.txt"), file} {
		if err := os.WriteFile(path, []byte("mine"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		change  func(*Request)
		says    string
		command string
	}{
		"a bad name":          {func(r *Request) { r.Name = "Acme!" }, "a name is a-z", "jcode plugins new acme"},
		"a bad kind":          {func(r *Request) { r.Kind = "grpc" }, "neither http nor cli", "--kind http"},
		"a bundled name":      {func(r *Request) { r.Bundled = []string{"acme"} }, "comes with jcode", "my-acme"},
		"a bad module":        {func(r *Request) { r.Module = "no spaces" }, "no module path", "--module"},
		"a full folder":       {func(r *Request) { r.Dir = full }, "holds mine.txt already; nothing is overwritten", "--dir"},
		"a file":              {func(r *Request) { r.Dir = file }, "is a file", "--dir"},
		"no SDK":              {func(r *Request) { r.SDK = "" }, "development build (v1.2.3-4-gabcdef0)", "--sdk /path/to/jcode/sdk"},
		"a folder of another": {func(r *Request) { r.SDK = full }, "neither a version", "--sdk"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "made")
			r := Request{Name: "acme", Kind: "http", SDK: sdkFolder(t), Dir: dir, HostVersion: "v1.2.3-4-gabcdef0"}
			test.change(&r)
			_, err := New(t.Context(), r)
			var own *Error
			if !errors.As(err, &own) || !strings.Contains(own.Error(), test.says) || !strings.Contains(own.Remedy, test.command) {
				t.Errorf("got %v, remedy %q", err, own.Hint())
			}
			if _, err := os.Stat(dir); err == nil {
				t.Error("something was made")
			}
		})
	}
	if read(t, filepath.Join(full, "mine.txt")) != "mine" {
		t.Error("a file was overwritten")
	}
}

func TestSDKOfARelease(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]string{"v1.2.3": "v1.2.3", "1.2.3": "v1.2.3", "v2.0.0-rc.1": "v2.0.0-rc.1"} {
		s, err := sdkOf(Request{Name: "acme", Kind: "http", HostVersion: version})
		if err != nil || s.version != want || s.folder != "" {
			t.Errorf("%s: %+v, %v", version, s, err)
		}
		mod := string(s.moduleFiles(namesOf("acme", ""))[0].data)
		if !strings.Contains(mod, "require "+sdkModule+" "+want) || strings.Contains(mod, "replace") {
			t.Errorf("%s: %s", version, mod)
		}
	}
	for given, want := range map[string]string{"v1.2.3": "v1.2.3", "1.2.3": "v1.2.3", "1.2.3-rc.1": "v1.2.3-rc.1"} {
		if s, err := sdkOf(Request{SDK: given, HostVersion: "devel"}); err != nil || s.version != want {
			t.Errorf("--sdk %s: %+v, %v", given, s, err)
		}
	}
	for _, version := range []string{"devel", "v1.2.3-4-gabcdef0", "v1.2.3-dirty", "v0.0.0-20260101000000-abcdefabcdef"} {
		if s, err := sdkOf(Request{HostVersion: version}); err == nil {
			t.Errorf("%s: %+v", version, s)
		}
	}
}

// TestNewWithoutGo: the sources are there all the same.
func TestNewWithoutGo(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made")
	made, err := New(t.Context(), Request{Name: "acme", Kind: "cli", SDK: sdkFolder(t), Dir: dir, Environ: []string{"PATH=" + t.TempDir()}})
	if err != nil || len(made.Warnings) != 1 || !strings.Contains(made.Warnings[0], "no go command on PATH") {
		t.Fatalf("%+v, %v", made, err)
	}
	if _, err := NewBuilder(dir, t.TempDir(), []string{"PATH=" + t.TempDir()}); err == nil || !strings.Contains(err.Error(), "not on PATH") {
		t.Errorf("a builder: %v", err)
	}
}

// TestReleaseCheck: what only this machine can build is told before the workflow tries.
func TestReleaseCheck(t *testing.T) {
	t.Parallel()
	if _, err := exec.LookPath("sh"); err != nil {
		t.Skip(err)
	}
	for name, test := range map[string]struct{ mod, version, says string }{
		"a release of the SDK": {"module a\n\nrequire " + sdkModule + " v1.2.3\n", "0.1.0", ""},
		"another module":       {"module a\n\nreplace b => example.com/c v1.0.0\n", "0.1.0", ""},
		"a folder":             {"module a\n\nreplace " + sdkModule + " => /home/me/sdk\n", "0.1.0", "a folder of your machine"},
		"a folder beside it":   {"module a\n\nreplace (\n\t" + sdkModule + " => ../sdk\n)\n", "0.1.0", "a folder of your machine"},
		"a folder of Windows":  {"module a\n\nreplace " + sdkModule + " => \"C:/my sdk\"\n", "0.1.0", "a folder of your machine"},
		"another version":      {"module a\n", "0.2.0", "not the one in plugin.toml, 0.1.0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := filepath.Join(t.TempDir(), "made")
			if _, err := New(t.Context(), Request{Name: "acme", Kind: "http", SDK: sdkFolder(t), Dir: dir}); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "go.mod"), []byte(test.mod), 0o600); err != nil {
				t.Fatal(err)
			}
			command := exec.CommandContext(t.Context(), "sh", "release.sh", "--check", test.version)
			command.Dir = dir
			out, err := command.CombinedOutput()
			if (err == nil) != (test.says == "") || !strings.Contains(string(out), test.says) {
				t.Errorf("%v: %s", err, out)
			}
		})
	}
}

// TestPackage: the folder that plugins new makes comes before the module's own.
func TestPackage(t *testing.T) {
	t.Parallel()
	const program = "cmd/jcode-provider-acme/main.go"
	for name, test := range map[string]struct {
		files map[string]string
		want  string // empty: there is no program
	}{
		"as plugins new makes it": {map[string]string{program: "package main", "acme.go": "package acme"}, "./cmd/jcode-provider-acme"},
		"one file":                {map[string]string{"main.go": "package main\n\nfunc main() { does not compile"}, "."},
		"both":                    {map[string]string{program: "package main", "tool.go": "package main"}, "./cmd/jcode-provider-acme"},
		"a library":               {map[string]string{"acme.go": "package acme"}, ""},
		"another language":        {map[string]string{"jcode-provider-acme": "#!/usr/bin/env node"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			test.files["plugin.toml"] = "schema = 1\nname = \"acme\"\nversion = \"1.0.0\"\nprotocol = [1]\nkind = \"http\"\n"
			for path, text := range test.files {
				if err := os.MkdirAll(filepath.Join(dir, filepath.Dir(path)), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, path), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b, err := NewBuilder(dir, t.TempDir(), os.Environ())
			if test.want == "" {
				var own *Error
				if !errors.As(err, &own) || own.Kind != KindUsage || !strings.Contains(own.Detail, "holds no Go program") || !strings.Contains(own.Remedy, "--plugin acme=") {
					t.Errorf("got %v", err)
				}
			} else if err != nil || b.Package() != test.want {
				t.Errorf("%+v, %v", b, err)
			}
		})
	}
}

func TestWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("a.go", "package a")
	before := Look([]string{dir})
	for _, quiet := range []string{"a_test.go", "README.md", ".a.go.swp"} {
		write(quiet, "x")
		if changed := Changed(before, Look([]string{dir})); changed != "" {
			t.Errorf("%s counts as a change of %s", quiet, changed)
		}
	}
	write("b.go", "package a")
	if changed := Changed(before, Look([]string{dir})); filepath.Base(changed) != "b.go" {
		t.Errorf("a new file: %q", changed)
	}
	changed, now, err := Await(t.Context(), []string{dir}, before, time.Millisecond)
	if err != nil || filepath.Base(changed) != "b.go" || Changed(now, Look([]string{dir})) != "" {
		t.Errorf("await: %q, %v", changed, err)
	}
	if err := os.Remove(filepath.Join(dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	if changed := Changed(now, Look([]string{dir})); filepath.Base(changed) != "a.go" {
		t.Errorf("a file that is gone: %q", changed)
	}
}

// TestOverrideEndsWithItsOwner kills an owner, which can clean up nothing.
func TestOverrideEndsWithItsOwner(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	owner := exec.CommandContext(t.Context(), os.Args[0])
	owner.Env = append(os.Environ(), ownRole+"="+home)
	out, err := owner.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := owner.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || line != "owned\n" {
		t.Fatalf("the owner says %q, %v", line, err)
	}
	found := discover.DevOverrides(home)
	if len(found) != 1 || found[0].PID != owner.Process.Pid || found[0].Path != "/src/acme/bin/jcode-provider-acme" {
		t.Errorf("overrides %+v", found)
	}
	var own *Error
	if _, err := Own(t.Context(), home, "acme", "/elsewhere"); !errors.As(err, &own) || !strings.Contains(own.Detail, "/src/acme") {
		t.Errorf("a second owner: %v", err)
	}
	if err := owner.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = owner.Wait()
	if found := discover.DevOverrides(home); len(found) != 0 {
		t.Errorf("after its death: %+v", found)
	}
	next, err := Own(t.Context(), home, "acme", "/elsewhere")
	if err != nil {
		t.Fatal(err)
	}
	defer next.Close()
	if found := discover.DevOverrides(home); len(found) != 0 {
		t.Errorf("before the next one has built: %+v", found)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
