package install

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/discover"
	"github.com/jcode-go/jcode/sdk"
	"github.com/jcode-go/jcode/sdk/guard"
	sdkplugin "github.com/jcode-go/jcode/sdk/plugin"
)

// TestMain makes this binary four programs: a guardian, a plugin when it is called
// like one, an installer that is about to be killed, and the tests.
func TestMain(m *testing.M) {
	guard.Main()
	if name, ok := discover.NameOf(strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe")); ok {
		sdkplugin.Main(&provider{name: name})
		return
	}
	if os.Getenv(envVictim) != "" {
		os.Exit(victim())
	}
	os.Exit(m.Run())
}

// provider is a plugin that answers and does nothing else.
type provider struct {
	sdk.Defaults
	name string
}

func (p *provider) Info(context.Context) (sdk.Info, error) {
	if p.name == "broken" {
		os.Exit(3)
	}
	return sdk.Info{Name: p.name, Version: "1.0.0"}, nil
}

func (p *provider) AuthStatus(context.Context, bool) (sdk.AuthStatus, error) {
	return sdk.AuthStatus{State: sdk.AuthOK}, nil
}

func (p *provider) Generate(context.Context, *sdk.Request, sdk.Stream) (sdk.Result, error) {
	return sdk.Result{StopReason: sdk.StopEndTurn}, nil
}

// agreeing is an installer with a store of its own whose user agrees to all.
func agreeing(t *testing.T) *Installer {
	t.Helper()
	home := t.TempDir()
	t.Cleanup(func() { _ = removeTree(home) })
	return installerAt(home)
}

func installerAt(home string) *Installer {
	return &Installer{
		Store: At(home), Dir: home, Environ: os.Environ(), HostVersion: "1.0.0", HostProtocols: []int{1},
		Ask: func(context.Context, Consent) (Decision, error) { return Decision{Agreed: true}, nil },
	}
}

// script is a plugin's program for tests that start nothing: running it would
// leave a mark.
const script = "#!/bin/sh\necho ran >>\"$(dirname \"$0\")/../../../ran\"\nexit 1\n"

func manifest(name, version string, more ...string) string {
	return fmt.Sprintf("schema = 1\nname = %q\nversion = %q\nprotocol = [1]\nkind = \"http\"\n%s\n", name, version, strings.Join(more, "\n"))
}

// folder is a plugin in a folder of its own.
func folder(t *testing.T, name, version string, more ...string) string {
	t.Helper()
	dir := t.TempDir()
	write(t, filepath.Join(dir, "jcode-provider-"+name), script)
	if err := os.Chmod(filepath.Join(dir, "jcode-provider-"+name), 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(dir, "plugin.toml"), manifest(name, version, more...))
	return dir
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// item is an entry of an archive.
type item struct {
	name, text string
	mode       int64
	kind       byte
	link       string
	size       int64 // if it is to differ
}

func plugin(name, version string, more ...string) []item {
	return []item{
		{name: "jcode-provider-" + name, text: script, mode: 0o755},
		{name: "plugin.toml", text: manifest(name, version, more...), mode: 0o644},
	}
}

func tarball(t *testing.T, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for _, i := range items {
		h := &tar.Header{Name: i.name, Mode: i.mode, Size: int64(len(i.text)), Typeflag: i.kind, Linkname: i.link}
		if i.kind == 0 {
			h.Typeflag = tar.TypeReg
		}
		if i.size > 0 {
			h.Size = i.size
		}
		if err := w.WriteHeader(h); err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(w, i.text); err != nil {
			t.Fatal(err)
		}
	}
	_ = w.Flush() // Close would complain of sizes that are lies
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func zipped(t *testing.T, items ...item) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, i := range items {
		h := &zip.FileHeader{Name: i.name, Method: zip.Deflate}
		h.SetMode(os.FileMode(i.mode))
		if i.kind == tar.TypeSymlink {
			h.SetMode(os.ModeSymlink | 0o777)
		}
		f, err := w.CreateHeader(h)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(f, i.text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// file writes an archive to disk.
func file(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func serve(t *testing.T, handler http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewServer(handler)
	t.Cleanup(server.Close)
	return server.URL
}

func install(t *testing.T, in *Installer, source string) Result {
	t.Helper()
	r, err := in.Install(t.Context(), Request{Source: source})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// versions are the installed plugins as a listing shows them.
func versions(in *Installer) map[string]string {
	rows, _ := in.Store.Rows("1.0.0", []int{1})
	found := map[string]string{}
	for _, row := range rows {
		found[row.Name] = row.Version
		if row.Status != discover.StatusOK {
			found[row.Name] += " " + string(row.Status) + ": " + row.Reason
		}
	}
	return found
}

// wantUntouched demands that a failed change left the old state and no leftovers.
func wantUntouched(t *testing.T, in *Installer, want map[string]string) {
	t.Helper()
	got := versions(in)
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("installed: %v, want %v", got, want)
	}
	entries, err := os.ReadDir(in.Store.staging())
	if err == nil && len(entries) > 0 {
		t.Errorf("left in staging: %v", entries)
	}
	if _, err := os.Stat(filepath.Join(in.Store.Root(), "ran")); err == nil {
		t.Error("the plugin was executed")
	}
	ran, _ := filepath.Glob(filepath.Join(in.Store.Root(), "*", "ran"))
	if len(ran) > 0 {
		t.Error("the plugin was executed")
	}
}

// wantError demands an error of a kind that says all of what.
func wantError(t *testing.T, err error, kind Kind, what ...string) {
	t.Helper()
	var own *Error
	if !errors.As(err, &own) || own.Kind != kind {
		t.Errorf("error %v (%T), want kind %s", err, err, kind)
		return
	}
	text := own.Error() + "\n" + own.Remedy
	for _, part := range what {
		if !strings.Contains(text, part) {
			t.Errorf("%q is not in %q", part, text)
		}
	}
}
