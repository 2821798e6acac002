package install

import (
	"archive/zip"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// proxy is a module proxy in a folder.
type proxy struct{ dir string }

func newProxy(t *testing.T) proxy {
	t.Helper()
	if _, err := exec.LookPath("go"); err != nil {
		t.Skip("no go command: ", err)
	}
	return proxy{dir: t.TempDir()}
}

// publish puts a version of a module into the proxy.
func (p proxy) publish(t *testing.T, module, version string, files map[string]string) {
	t.Helper()
	dir := filepath.Join(p.dir, module, "@v")
	base := filepath.Join(dir, version)
	write(t, base+".info", fmt.Sprintf(`{"Version": %q, "Time": "2026-01-01T00:00:00Z"}`, version))
	write(t, base+".mod", files["go.mod"])
	list, _ := os.ReadFile(filepath.Join(dir, "list"))
	write(t, filepath.Join(dir, "list"), string(list)+version+"\n")
	out, err := os.Create(base + ".zip")
	if err != nil {
		t.Fatal(err)
	}
	w := zip.NewWriter(out)
	for name, text := range files {
		f, err := w.Create(module + "@" + version + "/" + name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// installer asks this proxy and nobody else.
func (p proxy) installer(t *testing.T) *Installer {
	t.Helper()
	in := agreeing(t)
	in.Environ = append(in.Environ, "GOPROXY=file://"+filepath.ToSlash(p.dir), "GOSUMDB=off", "GOFLAGS=-modcacherw", "GOMODCACHE="+t.TempDir(), "GOTOOLCHAIN=auto", "GOOS=plan9", "GOBIN=/nowhere")
	return in
}

const (
	acmeProgram  = "package main\n\nfunc main() {}\n"
	acmeManifest = "schema = 1\nname = \"acme\"\nversion = \"0.0.0\"\nprotocol = [1]\nkind = \"http\"\n[environment]\nvariables = [\"ACME_KEY\"]\n"
)

func acmeModule() map[string]string {
	return map[string]string{
		"go.mod":                              "module example.com/acme\n\ngo 1.24\n",
		"cmd/jcode-provider-acme/main.go":     acmeProgram,
		"cmd/jcode-provider-acme/plugin.toml": acmeManifest,
		"cmd/tool/main.go":                    acmeProgram,
		"broken/jcode-provider-acme/main.go":  "package main\n\nfunc main() { nothing() }\n",
	}
}

// TestModule builds through a module proxy; what was built is what was asked for.
func TestModule(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	p.publish(t, "example.com/acme", "v1.0.0", acmeModule())
	p.publish(t, "example.com/acme", "v1.2.0", acmeModule())
	in := p.installer(t)
	const path = "go:example.com/acme/cmd/jcode-provider-acme"
	install(t, in, path+"@v1.0.0")
	entries, _, err := in.Store.Entries()
	if err != nil || entries[0].Version != "1.0.0" || entries[0].Source != path || !strings.HasPrefix(entries[0].GoSum, "h1:") || len(entries[0].Asks.Variables) != 1 {
		t.Fatalf("%+v, %v", entries, err)
	}
	updates, err := in.Outdated(t.Context())
	if err != nil || updates[0].Latest != "1.2.0" || !updates[0].Newer() {
		t.Errorf("%+v, %v", updates, err)
	}
	if r, err := in.Upgrade(t.Context(), "acme", Request{}); err != nil || r.Version != "1.2.0" {
		t.Errorf("%+v, %v", r, err)
	}
	wantUntouched(t, in, map[string]string{"acme": "1.2.0"})
}

func TestModuleRefused(t *testing.T) {
	t.Parallel()
	p := newProxy(t)
	p.publish(t, "example.com/acme", "v1.0.0", acmeModule())
	for name, test := range map[string]struct {
		source string
		kind   Kind
		want   string
	}{
		"no such version":  {"go:example.com/acme/cmd/jcode-provider-acme@v9.9.9", KindBuild, "v9.9.9"},
		"no such module":   {"go:example.com/nothing@v1.0.0", KindBuild, "example.com/nothing"},
		"no such package":  {"go:example.com/acme/cmd/nothing@v1.0.0", KindBuild, "nothing"},
		"does not compile": {"go:example.com/acme/broken/jcode-provider-acme@v1.0.0", KindBuild, "nothing"},
		"not a plugin":     {"go:example.com/acme/cmd/tool@v1.0.0", KindManifest, "not called like a plugin"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := p.installer(t)
			_, err := in.Install(t.Context(), Request{Source: test.source})
			wantError(t, err, test.kind, test.want)
			wantUntouched(t, in, nil)
		})
	}
	t.Run("no go command", func(t *testing.T) {
		t.Parallel()
		in := p.installer(t)
		in.Environ = []string{"PATH=" + t.TempDir()}
		_, err := in.Install(t.Context(), Request{Source: "go:example.com/acme@v1.0.0"})
		wantError(t, err, KindBuild, "not on PATH", "go.dev")
	})
}
