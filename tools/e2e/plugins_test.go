//go:build unix

package e2e

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// scriptedProgram builds the scripted provider as its author would.
var scriptedProgram = sync.OnceValues(func() ([]byte, error) {
	dir, err := os.MkdirTemp("", "jcode-scripted-")
	if err != nil {
		return nil, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	out := filepath.Join(dir, "jcode-provider-scripted")
	build := exec.Command("go", "build", "-trimpath", "-tags", "grpcnotrace", "-ldflags", "-s -w", "-o", out, "github.com/jcode-go/jcode/sdk/providertest/cmd/jcode-provider-scripted")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if text, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, text)
	}
	return os.ReadFile(out)
})

// releaseHost serves releases of github.com/someone/scripted.
type releaseHost struct {
	t        *testing.T
	server   *httptest.Server
	mu       sync.Mutex
	files    map[string][]byte
	releases []map[string]any
}

func newReleaseHost(t *testing.T) *releaseHost {
	t.Helper()
	h := &releaseHost{t: t, files: map[string][]byte{}}
	h.server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.mu.Lock()
		defer h.mu.Unlock()
		if r.URL.Path == "/repos/someone/scripted/releases" {
			_ = json.NewEncoder(w).Encode(h.releases)
			return
		}
		data, ok := h.files[r.URL.Path]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		_, _ = w.Write(data)
	}))
	t.Cleanup(h.server.Close)
	return h
}

func (h *releaseHost) publish(version string, more string) {
	h.t.Helper()
	program, err := scriptedProgram()
	if err != nil {
		h.t.Fatal(err)
	}
	name := fmt.Sprintf("jcode-provider-scripted_%s_%s_%s.tar.gz", version, runtime.GOOS, runtime.GOARCH)
	manifest := fmt.Sprintf("schema = 1\nname = \"scripted\"\nversion = %q\nprotocol = [1]\nkind = \"http\"\n%s", version, more)
	archive := packed(h.t, map[string][]byte{"jcode-provider-scripted": program, "plugin.toml": []byte(manifest)})
	sums := fmt.Sprintf("%x  %s\n", sha256.Sum256(archive), name)
	h.mu.Lock()
	defer h.mu.Unlock()
	var assets []map[string]any
	for file, data := range map[string][]byte{name: archive, "checksums.txt": []byte(sums)} {
		path := "/files/" + version + "/" + file
		h.files[path] = data
		assets = append(assets, map[string]any{"name": file, "url": h.server.URL + path, "browser_download_url": h.server.URL + path})
	}
	h.releases = append(h.releases, map[string]any{"tag_name": "v" + version, "assets": assets})
}

func packed(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	zipped := gzip.NewWriter(&out)
	w := tar.NewWriter(zipped)
	for name, data := range files {
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o755, Size: int64(len(data))}); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := zipped.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestThirdPartyPlugin is the life of somebody else's plugin, from a clean home, with
// the real programs, as a new user types it.
func TestThirdPartyPlugin(t *testing.T) {
	t.Parallel()
	b, releases := newBed(t, nil), newReleaseHost(t)
	b.env = append(b.env, "JCODE_GITHUB_API="+releases.server.URL)
	t.Cleanup(func() { _ = exec.Command("chmod", "-R", "u+w", b.home).Run() })
	releases.publish("1.0.0", "")
	for _, step := range []struct {
		argv    string
		code    int
		stdout  string
		stderr  string
		publish func()
	}{
		{argv: "plugins install github.com/someone/scripted", code: 6, stderr: "asks for     nothing"},
		{argv: "plugins install --yes github.com/someone/scripted@^1", stdout: "installed scripted 1.0.0 (first use)"},
		{argv: "plugins list", stdout: "scripted"},
		{argv: "run --provider scripted hello", stdout: "You said: hello"},
		{argv: "plugins outdated", stdout: "up to date"},
		{argv: "plugins outdated", stdout: "jcode plugins upgrade scripted", publish: func() { releases.publish("1.1.0", "[environment]\nvariables = [\"SCRIPTED_KEY\"]\n") }},
		{argv: "plugins list", stdout: "1.1.0 is out"},
		{argv: "plugins upgrade scripted", code: 6, stderr: "+ environment SCRIPTED_KEY"},
		{argv: "plugins upgrade --yes scripted", stdout: "replaced scripted 1.0.0 by 1.1.0"},
		{argv: "run --provider scripted again", stdout: "You said: again"},
		{argv: "plugins rollback scripted", stdout: "scripted: 1.0.0, was 1.1.0"},
		{argv: "run --provider scripted back", stdout: "You said: back"},
		{argv: "plugins verify", stdout: "ok"},
		{argv: "plugins doctor", stdout: "all is well"},
		{argv: "plugins uninstall --purge scripted", stdout: "removed scripted 1.0.0 with all its data"},
		{argv: "run --provider scripted hello", code: 8, stderr: "scripted"},
	} {
		if step.publish != nil {
			step.publish()
		}
		r := b.jcode(strings.Fields(step.argv)...)
		if r.code != step.code || !strings.Contains(r.stdout, step.stdout) || !strings.Contains(r.stderr, step.stderr) {
			t.Fatalf("jcode %s: exit %d\n%s\n%s", step.argv, r.code, r.stdout, r.stderr)
		}
	}
}
