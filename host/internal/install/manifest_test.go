package install

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/jcode-go/jcode/host/internal/discover"
)

// TestManifestRefused: the message has line and column, and the old version stays.
func TestManifestRefused(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		text string
		kind Kind
		want []string
	}{
		"unknown key":    {manifest("acme", "2.0.0", "shiny = true"), KindManifest, []string{"plugin.toml:6:1", "shiny"}},
		"no TOML":        {"schema = ", KindManifest, []string{"plugin.toml:1:"}},
		"wrong name":     {manifest("other", "2.0.0"), KindManifest, []string{"acme", "other"}},
		"bad name":       {manifest("ACME", "2.0.0"), KindManifest, []string{"plugin.toml:2:1", "ACME"}},
		"bad semver":     {manifest("acme", "two"), KindManifest, []string{"two", "no semantic version"}},
		"protocol 9":     {strings.Replace(manifest("acme", "2.0.0"), "[1]", "[9]", 1), KindIncompatible, []string{"speaks protocol 9", "upgrade jcode"}},
		"newer host":     {manifest("acme", "2.0.0", `min_host = "9.0.0"`), KindIncompatible, []string{"needs jcode 9.0.0"}},
		"newer schema":   {strings.Replace(manifest("acme", "2.0.0"), "kind", "sort", 1), KindManifest, []string{"plugin.toml:5:1", "sort"}},
		"duplicate key":  {manifest("acme", "2.0.0", `name = "acme"`), KindManifest, []string{"plugin.toml:"}},
		"short prefix":   {manifest("acme", "2.0.0", "[environment]\nprefixes = [\"A\"]"), KindManifest, []string{"plugin.toml:7:1"}},
		"missing kind":   {strings.Replace(manifest("acme", "2.0.0"), `"http"`, `"grpc"`, 1), KindManifest, []string{"plugin.toml:5:1"}},
		"empty manifest": {"", KindManifest, []string{"schema is missing"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in := agreeing(t)
			install(t, in, folder(t, "acme", "1.0.0"))
			source := folder(t, "acme", "2.0.0")
			write(t, filepath.Join(source, "plugin.toml"), test.text)
			_, err := in.Install(t.Context(), Request{Source: source})
			wantError(t, err, test.kind, test.want...)
			wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
		})
	}
}

// TestWrongArchitecture: a program for another machine is refused before it counts.
func TestWrongArchitecture(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	elf := "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 11) + "\xf3\x00" + strings.Repeat("\x00", 100) // RISC-V
	if runtime.GOARCH == "riscv64" {
		elf = "\x7fELF\x02\x01\x01" + strings.Repeat("\x00", 11) + "\x3e\x00" + strings.Repeat("\x00", 100)
	}
	items := plugin("acme", "1.0.0")
	items[0].text = elf
	_, err := in.Install(t.Context(), Request{Source: file(t, "acme.tar.gz", tarball(t, items...))})
	wantError(t, err, KindIncompatible, "wrong architecture", runtime.GOARCH)
	wantUntouched(t, in, nil)
}

// TestWithoutManifest: a program that nothing tells of is run only when the user
// says so.
func TestWithoutManifest(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "jcode-provider-acme")
	write(t, path, "#!/bin/sh\necho '{\"name\": \"acme\", \"version\": \"1.5.0\", \"protocol\": [1]}'\n")
	_, err := in.Install(t.Context(), Request{Source: path})
	wantError(t, err, KindManifest, "--describe")
	wantUntouched(t, in, nil)
	if _, err := in.Install(t.Context(), Request{Source: path, Describe: true}); err != nil {
		t.Fatal(err)
	}
	wantUntouched(t, in, map[string]string{"acme": "1.5.0"})
	write(t, filepath.Join(dir, "acme"), script)
	_, err = in.Install(t.Context(), Request{Source: filepath.Join(dir, "acme")})
	wantError(t, err, KindUsage, "jcode-provider-")
}

// TestSmokeFails: what does not start does not count; --no-smoke installs it all
// the same.
func TestSmokeFails(t *testing.T) {
	t.Parallel()
	in := agreeing(t)
	install(t, in, folder(t, "acme", "1.0.0"))
	cause := errors.New("plugin acme exited before the handshake")
	in.Smoke = func(_ context.Context, row discover.Plugin, home string) error {
		if _, err := os.Stat(row.Path); err != nil || !strings.HasPrefix(row.Path, in.Store.staging()) || row.LockedSHA256 == "" {
			t.Errorf("%+v, %v", row, err)
		}
		if len(row.Denied) != 1 || !strings.HasPrefix(home, in.Store.staging()) {
			t.Errorf("denied %v, home %s", row.Denied, home)
		}
		return cause
	}
	source := folder(t, "acme", "2.0.0", "[environment]\nvariables = [\"ACME_KEY\"]")
	_, err := in.Install(t.Context(), Request{Source: source})
	wantError(t, err, KindSmoke, cause.Error(), "--no-smoke")
	wantUntouched(t, in, map[string]string{"acme": "1.0.0"})
	if _, err := in.Install(t.Context(), Request{Source: source, SkipSmoke: true}); err != nil {
		t.Error(err)
	}
}
