package host

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/jcode-go/jcode/host/internal/launch"
)

// agree is a user who agrees to everything.
func agree() InstallUI {
	return InstallUI{Ask: func(context.Context, InstallConsent) (InstallDecision, error) {
		return InstallDecision{Agreed: true}, nil
	}}
}

// pluginFolder is a plugin as its author has it: this test binary with a manifest.
func pluginFolder(t *testing.T, name, version string, more ...string) string {
	t.Helper()
	program := pluginProgram(t, name)
	dir := filepath.Dir(program)
	writeManifest(t, dir, name, version, more...)
	return dir
}

func writeManifest(t *testing.T, dir, name, version string, more ...string) {
	t.Helper()
	text := fmt.Sprintf("schema = 1\nname = %q\nversion = %q\nprotocol = [1]\nkind = \"http\"\n%s\n", name, version, strings.Join(more, "\n"))
	if err := os.WriteFile(filepath.Join(dir, "plugin.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// again opens a second host in the same home, as another run of jcode does.
func again(t *testing.T, h *Host) *Host {
	t.Helper()
	other, err := Open(t.Context(), h.options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	return other
}

func installed(t *testing.T, source string, environ ...string) *Host {
	t.Helper()
	h := testHost(t, environ)
	t.Cleanup(func() { makeRemovable(h.Home()) })
	if _, err := h.InstallPlugin(t.Context(), InstallRequest{Source: source}, agree()); err != nil {
		t.Fatal(err)
	}
	return again(t, h)
}

// makeRemovable gives the test's clean-up the right to remove a store.
func makeRemovable(root string) {
	_ = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && entry.IsDir() {
			_ = os.Chmod(path, 0o700)
		}
		return nil
	})
}

// ask runs a prompt and returns the answer.
func ask(t *testing.T, h *Host, provider, prompt string) string {
	t.Helper()
	r, err := h.Run(t.Context(), RunOptions{Provider: provider, Prompt: prompt, Ephemeral: true})
	if err != nil {
		t.Fatalf("%s: %v", prompt, err)
	}
	return r.Text
}

func row(t *testing.T, h *Host, name string) Plugin {
	t.Helper()
	rows, err := h.Plugins(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		if r.Name == name {
			return r
		}
	}
	t.Fatalf("no row for %s in %+v", name, rows)
	return Plugin{}
}

// TestInstalledPluginRuns: from a folder to an answer, and what a listing then says.
func TestInstalledPluginRuns(t *testing.T) {
	t.Parallel()
	h := installed(t, pluginFolder(t, "acme", "1.0.0"))
	if got := ask(t, h, "acme", "hello"); !strings.Contains(got, "last: hello") {
		t.Errorf("answer %q", got)
	}
	if _, err := h.AuthStatus(t.Context(), "acme", false); err != nil {
		t.Fatal(err)
	}
	_, facts, err := h.provider(t.Context(), "acme")
	if err != nil || !facts.Verified || !facts.Guarded || facts.ByDescriptor != (runtime.GOOS == "linux") {
		t.Errorf("%+v, %v", facts, err)
	}
	r := row(t, again(t, h), "acme")
	if r.Source != "installed" || r.Trust != "first use" || r.Auth != "ok" || r.Status != "ok" || r.Version != "1.0.0" {
		t.Errorf("%+v", r)
	}
	if want := map[bool]string{true: launch.SandboxOn, false: launch.SandboxNone}[landlocked(t)]; r.Sandbox != want {
		t.Errorf("sandbox %s (%s), want %s", r.Sandbox, r.SandboxDetail, want)
	}
}

// landlocked tells whether this kernel has Landlock, from the kernel itself.
func landlocked(t *testing.T) bool {
	t.Helper()
	lsm, err := os.ReadFile("/sys/kernel/security/lsm")
	if err == nil {
		return strings.Contains(string(lsm), "landlock")
	}
	return launch.HasLandlock()
}

// TestSandbox: an installed plugin reads and writes its own folder, and neither
// credentials nor settings nor the project.
func TestSandbox(t *testing.T) {
	t.Parallel()
	if !landlocked(t) {
		t.Skip("no Landlock here")
	}
	granted := filepath.Join(t.TempDir(), "granted")
	h := installed(t, pluginFolder(t, "acme", "1.0.0", fmt.Sprintf("[files]\nread = [%q, %q]", granted, "~/")))
	for _, path := range []string{
		filepath.Join(h.Home(), "auth.json"), filepath.Join(h.Home(), "config.toml"), filepath.Join(h.Home(), "data", "other", "key"),
		filepath.Join(h.options.WorkingDir, "main.go"), granted,
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for prompt, open := range map[string]bool{
		"read " + filepath.Join(h.Home(), "auth.json"):               false,
		"read " + filepath.Join(h.Home(), "config.toml"):             false,
		"read " + filepath.Join(h.Home(), "data", "other", "key"):    false,
		"read " + filepath.Join(h.Home(), "plugins", "plugins.lock"): false,
		"read " + filepath.Join(h.options.WorkingDir, "main.go"):     false,
		"write " + filepath.Join(h.options.WorkingDir, "main.go"):    false,
		"write " + filepath.Join(h.Home(), "config.toml"):            false,
		"read /etc/shadow":      false,
		"read /etc/resolv.conf": true,
		"read " + granted:       true,
		"write " + granted:      false,
		"write STATE/token":     true,
	} {
		got := ask(t, h, "acme", prompt)
		if ok := strings.HasSuffix(got, ": ok"); ok != open || (!ok && !strings.Contains(got, "permission denied")) {
			t.Errorf("%s: %s", prompt, got)
		}
	}
	if r := row(t, again(t, h), "acme"); r.Sandbox != launch.SandboxOn || !strings.Contains(r.SandboxDetail, "could not read") {
		t.Errorf("%+v", r)
	}
}

// TestSandboxIsForHTTPOnly: who runs a vendor's program has the environment wall
// alone, and the listing says why.
func TestSandboxIsForHTTPOnly(t *testing.T) {
	t.Parallel()
	h := installed(t, pluginFolder(t, "acme", "1.0.0", "[programs]\nrun = [\"vendor\"]"))
	ask(t, h, "acme", "hello")
	if r := row(t, again(t, h), "acme"); r.Sandbox != "off" || !strings.Contains(r.SandboxDetail, "vendor's program") {
		t.Errorf("%+v", r)
	}
}

// TestDeniedVariable: what was not granted does not reach the plugin.
func TestDeniedVariable(t *testing.T) {
	t.Parallel()
	h := testHost(t, []string{"ACME_KEY=k1", "ACME_MODEL=m1", "ACME_MORE_ONE=x1", "OTHER_KEY=o1"})
	t.Cleanup(func() { makeRemovable(h.Home()) })
	source := pluginFolder(t, "acme", "1.0.0", "[environment]\nvariables = [\"ACME_KEY\", \"ACME_MODEL\"]\nprefixes = [\"ACME_MORE_\"]")
	ui := InstallUI{Ask: func(context.Context, InstallConsent) (InstallDecision, error) {
		return InstallDecision{Agreed: true, Denied: []string{"env:ACME_KEY", "env:ACME_MORE_"}}, nil
	}}
	if _, err := h.InstallPlugin(t.Context(), InstallRequest{Source: source}, ui); err != nil {
		t.Fatal(err)
	}
	h = again(t, h)
	for name, want := range map[string]string{"ACME_KEY": "", "ACME_MODEL": "m1", "ACME_MORE_ONE": "", "OTHER_KEY": ""} {
		if got := ask(t, h, "acme", "variable "+name); got != "variable "+name+": "+want+"|" {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// TestTamperedIsNotRun: the digest is compared at every launch, before anything of
// the program is executed.
func TestTamperedIsNotRun(t *testing.T) {
	t.Parallel()
	h := installed(t, pluginFolder(t, "acme", "1.0.0"))
	path := row(t, h, "acme").Path
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteAt([]byte("!"), info.Size()-1); err != nil { // the size stays
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	_, err = h.Run(t.Context(), RunOptions{Provider: "acme", Prompt: "x", Ephemeral: true})
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Reason != launch.ReasonHash {
		t.Fatalf("%v", err)
	}
	for _, part := range []string{"has sha256", "plugins.lock says " + row(t, h, "acme").SHA256, "jcode plugins install"} {
		if !strings.Contains(plugin.Error()+plugin.Remedy, part) {
			t.Errorf("%q is not in %q, %q", part, plugin.Error(), plugin.Remedy)
		}
	}
}

// TestScriptPlugin: what cannot be executed through an open file is verified as a
// whole tree, and the listing says so.
func TestScriptPlugin(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no #! scripts there")
	}
	dir := t.TempDir()
	writeManifest(t, dir, "scripty", "1.0.0")
	script := "#!/bin/sh\nexec \"$(dirname \"$0\")/lib/" + scriptedBinary + "\"\n"
	if err := os.WriteFile(filepath.Join(dir, "jcode-provider-scripty"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	copyProgram(t, pluginProgram(t, "scripty"), filepath.Join(dir, "lib", scriptedBinary))
	h := installed(t, dir)
	if got := ask(t, h, "scripty", "hello"); !strings.Contains(got, "last: hello") {
		t.Errorf("answer %q", got)
	}
	_, facts, err := h.provider(t.Context(), "scripty")
	if err != nil || facts.ByDescriptor || !facts.Verified || facts.Transport != launch.TransportMTLS {
		t.Errorf("%+v, %v", facts, err)
	}
	r := row(t, again(t, h), "scripty")
	if !strings.Contains(r.TrustDetail, "verified by path") || (landlocked(t) && r.Sandbox != launch.SandboxOn) {
		t.Errorf("%+v", r)
	}
	// Another file of the tree is changed: the script itself is what it was.
	library := filepath.Join(filepath.Dir(r.Path), "lib", "data")
	makeRemovable(filepath.Dir(r.Path))
	if err := os.WriteFile(library, []byte("new"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err = again(t, h).Run(t.Context(), RunOptions{Provider: "scripty", Prompt: "x", Ephemeral: true})
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Reason != launch.ReasonHash {
		t.Errorf("%v", err)
	}
}

// TestScriptInterpreter: an interpreter that the user keeps in the home can be run from
// the sandbox, and one that is missing is named.
func TestScriptInterpreter(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" { // elsewhere a copy of the system's shell may not run, and there is no sandbox
		t.Skip("a sandbox is only on Linux")
	}
	dir, tools := t.TempDir(), t.TempDir()
	writeManifest(t, dir, "scripty", "1.0.0")
	script := "#!/usr/bin/env acme-shell\nexec \"$(dirname \"$0\")/lib/" + scriptedBinary + "\"\n"
	if err := os.WriteFile(filepath.Join(dir, "jcode-provider-scripty"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	copyProgram(t, pluginProgram(t, "scripty"), filepath.Join(dir, "lib", scriptedBinary))
	copyProgram(t, "/bin/sh", filepath.Join(tools, "bin", "acme-shell"))
	path := os.Getenv("PATH")
	h := installed(t, dir, "PATH="+filepath.Join(tools, "bin")+":"+path)
	if got := ask(t, h, "scripty", "hello"); !strings.Contains(got, "last: hello") {
		t.Errorf("answer %q", got)
	}
	if r := row(t, again(t, h), "scripty"); landlocked(t) && r.Sandbox != launch.SandboxOn {
		t.Errorf("%+v", r)
	}
	if err := os.RemoveAll(tools); err != nil {
		t.Fatal(err)
	}
	_, err := again(t, h).Run(t.Context(), RunOptions{Provider: "scripty", Prompt: "x", Ephemeral: true})
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Reason != launch.ReasonInterpreter || !strings.Contains(plugin.Remedy, `install "acme-shell"`) {
		t.Errorf("%v", err)
	}
}

func copyProgram(t *testing.T, from, to string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
		t.Fatal(err)
	}
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
}

// TestSmokeStartRefuses: a plugin that does not start is not installed, and the
// error is that of a start.
func TestSmokeStartRefuses(t *testing.T) {
	t.Parallel()
	if runtime.GOOS == "windows" {
		t.Skip("no #! scripts there")
	}
	dir := t.TempDir()
	writeManifest(t, dir, "acme", "1.0.0")
	if err := os.WriteFile(filepath.Join(dir, "jcode-provider-acme"), []byte("#!/bin/sh\necho no licence >&2\nexit 3\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	h := testHost(t, nil)
	_, err := h.InstallPlugin(t.Context(), InstallRequest{Source: dir}, agree())
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Reason != launch.ReasonExited || !strings.Contains(err.Error(), "no licence") {
		t.Errorf("%v", err)
	}
	if rows, _ := again(t, h).Plugins(t.Context()); len(rows) != 0 {
		t.Errorf("%+v", rows)
	}
}

// TestRunningKeepsItsVersion: install, purge and repair under a running answer.
func TestRunningKeepsItsVersion(t *testing.T) {
	t.Parallel()
	h := installed(t, pluginFolder(t, "acme", "1.0.0"))
	path := row(t, h, "acme").Path
	ctx, cancel := context.WithCancel(t.Context())
	began, ended := make(chan struct{}), make(chan error, 1)
	var once sync.Once
	go func() {
		_, err := h.Run(ctx, RunOptions{Provider: "acme", Prompt: "hang", Ephemeral: true, OnEvent: func(e Event) error {
			if _, ok := e.(ModelEvent); ok {
				once.Do(func() { close(began) })
			}
			return nil
		}})
		ended <- err
	}()
	<-began
	other := again(t, h)
	if _, err := other.InstallPlugin(t.Context(), InstallRequest{Source: pluginFolder(t, "acme", "2.0.0")}, agree()); err != nil {
		t.Fatal(err)
	}
	if _, err := other.UninstallPlugin(t.Context(), "acme", true); err != nil {
		t.Fatal(err)
	}
	if _, err := other.CheckPlugins(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("a running plugin has lost its files: %v", err)
	}
	select {
	case err := <-ended:
		t.Errorf("the answer ended: %v", err)
	default:
	}
	cancel()
	<-ended
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := other.CheckPlugins(t.Context(), true); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err == nil {
		t.Error("nobody uses the purged plugin, and its files stay")
	}
}

// TestDisabledIsNotLaunched, also when it is named.
func TestDisabledIsNotLaunched(t *testing.T) {
	t.Parallel()
	h := installed(t, pluginFolder(t, "acme", "1.0.0"))
	if _, err := h.EnablePlugin(t.Context(), "acme", false); err != nil {
		t.Fatal(err)
	}
	h = again(t, h)
	_, err := h.Run(t.Context(), RunOptions{Provider: "acme", Prompt: "x", Ephemeral: true})
	var plugin *PluginError
	if !errors.As(err, &plugin) || plugin.Remedy != "jcode plugins enable acme" {
		t.Errorf("%v", err)
	}
	if r := row(t, h, "acme"); r.Status != "disabled" {
		t.Errorf("%+v", r)
	}
}
